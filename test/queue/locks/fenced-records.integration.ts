import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EMPTY_RECORD } from '../../../src/cancellation/record.js';
import { FencedRecords } from '../../../src/queue/locks/fenced-records.js';
import { LockLostError } from '../../../src/queue/worker.errors.js';
import { T0, testAttempt, testRecord } from '../../cancellation/fixtures/cancellation.js';
import { workerParts } from '../fixtures/worker-parts.js';
import type { WorkerParts } from '../fixtures/worker-parts.js';

const RECORD = testRecord({ attempts: [testAttempt()], acceptedAt: T0 + 40 });

describe('the record of a job', () => {
  let parts: WorkerParts;
  let records: FencedRecords;

  beforeEach(async () => {
    parts = await workerParts();
    records = new FencedRecords(parts.queue, parts.connection);
  });
  afterEach(() => parts.close());

  it('is what BullMQ shows as the progress of the job, here and to others', async () => {
    await parts.add();
    const job = await parts.take('mine');
    await records.save(job, 'mine', RECORD, false);
    expect(job.progress).toEqual(RECORD);
    expect((await parts.read(job)).progress).toEqual(RECORD);
  });

  it('is not written by a worker that does not have the job', async () => {
    await parts.add();
    const job = await parts.take('mine');
    await expect(records.save(job, 'of another worker', RECORD, true)).rejects.toThrow(LockLostError);
    expect(await parts.read(job)).toMatchObject({ progress: 0, priority: 0 });
  });

  it('is not written once the job was given back', async () => {
    await parts.add();
    const job = await parts.take('mine');
    await records.save(job, 'mine', RECORD, false);
    await job.moveToDelayed(Date.now() + 60_000, 'mine');
    await expect(records.save(job, 'mine', EMPTY_RECORD, false)).rejects.toThrow(LockLostError);
    expect((await parts.read(job)).progress).toEqual(RECORD);
  });

  it('is not written once the lock has run out', async () => {
    const brief = await workerParts({}, 50);
    const briefRecords = new FencedRecords(brief.queue, brief.connection);
    await brief.add();
    const job = await brief.take('mine');
    await vi.waitFor(() =>
      expect(briefRecords.save(job, 'mine', RECORD, false)).rejects.toThrow(LockLostError),
    );
    await brief.close();
  });

  it.each([
    ['after jobs that were never started, if it says so', true, ['fresh', 'retried']],
    ['in its turn otherwise', false, ['retried', 'fresh']],
  ])('has BullMQ start the job %s', async (_, startsLater, order) => {
    await parts.add({ streamName: 'retried' });
    const job = await parts.take('mine');
    await records.save(job, 'mine', RECORD, startsLater);
    await job.moveToDelayed(Date.now() + 60_000, 'mine');
    await parts.cancellations.startNow([String(job.id)]);
    await parts.add({ streamName: 'fresh' });
    const taken = [await parts.take(), await parts.take()];
    expect(taken.map(({ data }) => data.streamName)).toEqual(order);
  });
});
