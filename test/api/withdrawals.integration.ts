import { Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE } from '../../src/queue/cancellations.queue.js';
import type { CancellationQueue } from '../../src/queue/cancellations.queue.js';
import type { CancellationData } from '../../src/cancellation/data.js';
import { Told } from '../../src/api/told.js';
import { Withdrawals } from '../../src/api/withdrawals.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import type { ApiConnection } from '../../src/queue/api.connection.js';
import { ownRedis } from '../demo/fixtures/own-redis.js';

async function ownQueue() {
  Logger.overrideLogger(false);
  const server = await ownRedis();
  const redis = new Redis(server.url, { maxRetriesPerRequest: null });
  onTestFinished(() => redis.disconnect());
  const queue: CancellationQueue = new Queue(CANCELLATIONS_QUEUE, { connection: redis, prefix: '{own}' });
  const environment = Object.assign(new ServiceEnvironment(), { QUEUE_PREFIX: '{own}' });
  const connection = { redis, isReady: true } as ApiConnection;
  const withdrawals = new Withdrawals(queue, connection, new Told(queue, connection, environment));
  return { redis, queue, withdrawals };
}

it('withdraws as many as a dozen batches once Redis, which stayed connected, refuses no more', async () => {
  const { redis, queue, withdrawals } = await ownQueue();
  const ghosts = Array.from({ length: 12_000 }, (_, place) => `ghost-${place}`);
  await queue.addBulk(
    ghosts.map((jobId) => ({ name: CANCEL_STREAM_JOB, data: {} as CancellationData, opts: { jobId } })),
  );

  await redis.config('SET', 'maxmemory', '1');
  for (const ghost of ghosts) withdrawals.add(ghost);
  await expect(redis.set('key', 'value')).rejects.toThrow('OOM');
  await redis.config('SET', 'maxmemory', '0');
  expect(await queue.getJobCountByTypes('waiting')).toBe(ghosts.length);
  await vi.waitFor(async () => expect(await queue.getJobCountByTypes('waiting')).toBe(0), {
    timeout: 15_000,
  });
  expect(await queue.getJobCountByTypes('delayed')).toBe(0);
});

it('leaves those before and behind it, and nothing of its own', async () => {
  const { redis, queue, withdrawals } = await ownQueue();
  for (const jobId of ['older', 'ghost', 'newer'])
    await queue.add(CANCEL_STREAM_JOB, {} as CancellationData, { jobId });
  withdrawals.add('ghost');
  await vi.waitFor(async () => expect(await queue.getJob('ghost')).toBeUndefined());
  expect((await queue.getJobs()).map(({ id }) => id)).toEqual(['newer', 'older']);

  withdrawals.add('never queued');
  await vi.waitFor(async () => expect(await redis.exists('{own}:told:never queued')).toBe(0));
  expect(await redis.exists('{own}:told:ghost')).toBe(1);
});
