import { randomUUID } from 'node:crypto';
import { Queue } from 'bullmq';
import { Redis, ReplyError } from 'ioredis';
import { v7 as uuidv7 } from 'uuid';
import { beforeEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import type { CancellationData } from '../../src/cancellation/data.js';
import { newlyStored } from '../../src/cancellation/stored-cancellation.js';
import type { NewCancellation } from '../../src/cancellation/stored-cancellation.js';
import { Cancellations } from '../../src/queue/cancellations.js';
import { CANCELLATIONS_QUEUE } from '../../src/queue/cancellations.queue.js';
import type { CancellationQueue } from '../../src/queue/cancellations.queue.js';

const NOW = 1_700_000_000_000;

const refusal = new ReplyError('NOPERM this user has no permissions') as Error;

function cancellation(streamName: string, more: Partial<CancellationData> = {}): NewCancellation {
  const data = {
    project: 'default',
    callSid: 'call',
    streamName,
    then: [],
    createdAt: NOW,
    deadline: NOW + 1000,
  };
  return { id: uuidv7(), data: { ...data, ...more } };
}

describe('Cancellations', () => {
  let queue: CancellationQueue;
  let cancellations: Cancellations;

  beforeEach(() => {
    const redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: null });
    queue = new Queue(CANCELLATIONS_QUEUE, { connection: redis, prefix: `{test-${randomUUID()}}` });
    cancellations = new Cancellations(queue, redis);
    onTestFinished(async () => {
      await queue.close();
      redis.disconnect();
    });
  });

  it('queues each, and reads them back in order', async () => {
    const added = [cancellation('one'), cancellation('two')];
    expect(await cancellations.add(added)).toEqual(added.map(newlyStored));
    const ids = added.map(({ id }) => id);
    expect(await cancellations.findMany([...ids, uuidv7()])).toEqual([...added.map(newlyStored), null]);
    expect(await queue.getJobCountByTypes('waiting')).toBe(2);
  });

  it('returns the unfinished cancellation of the same stream instead of a new one', async () => {
    const [first, second] = [cancellation('one'), cancellation('one', { then: [{ hangup: true }] })];
    await cancellations.add([first]);
    expect(await cancellations.add([second, cancellation('other')])).toMatchObject([
      newlyStored(first),
      { data: { streamName: 'other' } },
    ]);
    expect(await cancellations.find(second.id)).toBeNull();
  });

  it('changes nothing if the same id is added again, even after the job has ended', async () => {
    const one = cancellation('one');
    await cancellations.add([one]);
    await cancellations.add([one]);
    const token = randomUUID();
    const worker = await import('bullmq').then(
      ({ Worker }) => new Worker(CANCELLATIONS_QUEUE, null, { ...queue.opts, autorun: false }),
    );
    onTestFinished(() => worker.close());
    const job = await worker.getNextJob(token);
    expect(await cancellations.find(one.id)).toMatchObject({ isActive: true, finishedAt: null });
    await job?.moveToCompleted({}, token, false);
    await cancellations.add([one]);
    expect(await cancellations.find(one.id)).toMatchObject({
      isActive: false,
      finishedAt: expect.any(Number) as number,
    });
    expect(await queue.getJobCounts('waiting', 'completed')).toEqual({ waiting: 0, completed: 1 });
  });

  it('replaces an unfinished one that is past its deadline and that no worker has ended', async () => {
    const stuck = cancellation('one', { createdAt: NOW - 5000, deadline: NOW });
    const next = cancellation('one');
    await cancellations.add([stuck]);
    expect(await cancellations.add([next])).toEqual([newlyStored(next)]);
    expect(await cancellations.add([cancellation('one')])).toEqual([newlyStored(next)]);
  });

  it('replaces it once for two requests at the same time', async () => {
    await cancellations.add([cancellation('one', { createdAt: NOW - 5000, deadline: NOW })]);
    const [first, second] = await Promise.all([
      cancellations.add([cancellation('one')]),
      cancellations.add([cancellation('one')]),
    ]);
    expect(first).toEqual(second);
  });

  it('says that nothing was queued if Redis refused every job', async () => {
    vi.spyOn(queue, 'add').mockRejectedValue(refusal);
    const adding = cancellations.add([cancellation('one'), cancellation('two')]);
    await expect(adding).rejects.toMatchObject({ code: 'queue_unavailable' });
  });

  it('says that some may have been queued if Redis refused only some jobs', async () => {
    vi.spyOn(queue, 'add').mockRejectedValueOnce(refusal);
    const adding = cancellations.add([cancellation('one'), cancellation('two')]);
    await expect(adding).rejects.toMatchObject({ code: 'queue_answer_lost' });
  });

  it('says that some may have been queued if the answer to one was lost', async () => {
    vi.spyOn(queue, 'add')
      .mockRejectedValueOnce(refusal)
      .mockRejectedValueOnce(new Error('Connection is closed.'));
    const adding = cancellations.add([cancellation('one'), cancellation('two')]);
    await expect(adding).rejects.toMatchObject({ code: 'queue_answer_lost' });
  });
});
