import { Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE } from '../../src/cancellations/cancellations.queue.js';
import type { CancellationData, CancellationQueue } from '../../src/cancellations/cancellations.queue.js';
import { Told } from '../../src/cancellations/told.js';
import { Withdrawals } from '../../src/cancellations/withdrawals.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import type { ApiConnection } from '../../src/redis/api.connection.js';
import { ownRedis } from '../development/fixtures/own-redis.js';

it('withdraws once Redis, which stayed connected, refuses no more', async () => {
  Logger.overrideLogger(false);
  const server = await ownRedis();
  const redis = new Redis(server.url, { maxRetriesPerRequest: null });
  onTestFinished(() => redis.disconnect());
  const queue: CancellationQueue = new Queue(CANCELLATIONS_QUEUE, { connection: redis, prefix: '{own}' });
  const environment = Object.assign(new ServiceEnvironment(), { QUEUE_PREFIX: '{own}' });
  const connection = { redis, isReady: true } as ApiConnection;
  const withdrawals = new Withdrawals(queue, connection, new Told(queue, connection, environment));
  await queue.add(CANCEL_STREAM_JOB, {} as CancellationData, { jobId: 'ghost' });

  await redis.config('SET', 'maxmemory', '1');
  withdrawals.add('ghost');
  await redis.config('SET', 'maxmemory', '0');
  expect(await queue.getJob('ghost')).toBeDefined();
  await vi.waitFor(async () => expect(await queue.getJob('ghost')).toBeUndefined(), { timeout: 5000 });
});
