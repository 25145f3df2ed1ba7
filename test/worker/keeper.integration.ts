import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { Admission } from '../../src/gate/admission.js';
import { CancellationsKeeper } from '../../src/queue/keeper.js';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE } from '../../src/queue/cancellations.queue.js';
import type { CancellationQueue } from '../../src/queue/cancellations.queue.js';
import type { CancellationData } from '../../src/cancellation/data.js';
import { readEnvironment } from '../../src/config/environment.js';
import { ServiceEnvironment } from '../../src/config/service.environment.js';
import { SharedClock } from '../../src/platform/redis/shared-clock.js';
import { WorkerConnection } from '../../src/queue/worker.connection.js';
import { testVariables } from '../support/service.js';

/** The default of `RETENTION_HOURS`. */
const DAY_MS = 86_400_000;

/** The keeper forgets 250 at a time. */
const SEVERAL_PARTS = 600;

describe('one round of the keeper', () => {
  let redis: Redis;
  let connection: WorkerConnection;
  let queue: CancellationQueue;
  let keeper: CancellationsKeeper;

  beforeEach(async () => {
    const nowhere = { url: 'http://127.0.0.1:9', projectId: 'project', apiToken: 'token' };
    const environment = readEnvironment(ServiceEnvironment, await testVariables(nowhere));
    redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
    connection = new WorkerConnection(environment);
    queue = new Queue(CANCELLATIONS_QUEUE, { connection: redis, prefix: environment.QUEUE_PREFIX });
    const clock = new SharedClock();
    const admission = new Admission(queue, connection, environment, clock);
    keeper = new CancellationsKeeper(queue, connection, environment, admission, clock);
  });
  afterEach(async () => {
    await queue.close();
    connection.onApplicationShutdown();
    redis.disconnect();
  });

  /** Cancellations that BullMQ knows to be over since `endedAt`. */
  async function finished(state: 'completed' | 'failed', count: number, endedAt: number): Promise<string[]> {
    const data = {
      project: 'default',
      callSid: 'call',
      streamName: 'stream',
      then: [],
      createdAt: 0,
      deadline: 1,
    };
    const jobs = await queue.addBulk(
      Array.from({ length: count }, () => ({
        name: CANCEL_STREAM_JOB,
        data: data satisfies CancellationData,
      })),
    );
    const ids = jobs.map(({ id }) => String(id));
    await redis.del(queue.toKey('wait'));
    await redis.zadd(queue.toKey(state), ...ids.flatMap((id) => [String(endedAt), id]));
    return ids;
  }

  it.each(['completed', 'failed'] as const)(
    'forgets all that %s RETENTION_HOURS before, however many parts they are, and no other',
    async (state) => {
      const old = await finished(state, SEVERAL_PARTS, Date.now() - DAY_MS - 1000);
      const young = await finished(state, 1, Date.now() - DAY_MS + 60_000);
      // It ends the first round that there is, and no second one begins.
      queue.once('cleaned', () => keeper.onApplicationShutdown());
      onTestFinished(() => keeper.onApplicationShutdown());
      keeper.onApplicationBootstrap();
      await vi.waitFor(
        async () => expect(await redis.zrange(queue.toKey(state), '0', '-1')).toEqual(young),
        5000,
      );
      expect(await redis.exists(old.map((id) => queue.toKey(id)))).toBe(0);
      expect(await redis.exists(queue.toKey(young[0] ?? ''))).toBe(1);
    },
  );
});
