import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import type { CancellationData } from '../../src/cancellation/data.js';
import { countDelayedDueBy, countEndedSince } from '../../src/queue/bullmq-layout.js';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE } from '../../src/queue/cancellations.queue.js';
import type { CancellationQueue } from '../../src/queue/cancellations.queue.js';

const SECOND_MS = 1000;

const dueIn = (seconds: number) => Date.now() + seconds * SECOND_MS;

/** Fails if BullMQ stores its jobs in another way. */
describe("what is known of BullMQ's layout", () => {
  let redis: Redis;
  let queue: CancellationQueue;

  beforeEach(() => {
    redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
    queue = new Queue(CANCELLATIONS_QUEUE, { connection: redis, prefix: `{test-${randomUUID()}}` });
    onTestFinished(async () => {
      await queue.close();
      redis.disconnect();
    });
  });

  const add = async (delay: number): Promise<string> =>
    String((await queue.add(CANCEL_STREAM_JOB, {} as CancellationData, { delay })).id);

  it('holds for jobs that are delayed', async () => {
    for (const seconds of [60, 20]) await add(seconds * SECOND_MS);
    expect(await countDelayedDueBy(redis, queue, dueIn(10))).toBe(0);
    expect(await countDelayedDueBy(redis, queue, dueIn(30))).toBe(1);
    expect(await countDelayedDueBy(redis, queue, dueIn(70))).toBe(2);
  });

  it('holds for jobs that have ended', async () => {
    const started = Date.now();
    const worker = new Worker(CANCELLATIONS_QUEUE, null, { ...queue.opts, autorun: false });
    onTestFinished(() => worker.close());
    const token = randomUUID();
    await add(0);
    await add(0);
    await (await worker.getNextJob(token))?.moveToCompleted({}, token, false);
    await (await worker.getNextJob(token))?.moveToFailed(new Error('x'), token, false);
    for (const state of ['completed', 'failed'] as const) {
      expect(await countEndedSince(redis, queue, state, started)).toBe(1);
      expect(await countEndedSince(redis, queue, state, Date.now() + SECOND_MS)).toBe(0);
    }
  });
});
