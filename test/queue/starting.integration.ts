import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_RECORD } from '../../src/cancellation/record.js';
import type { CancellationJob } from '../../src/queue/cancellations.queue.js';
import { workerParts } from './fixtures/worker-parts.js';
import type { WorkerParts } from './fixtures/worker-parts.js';

const HOUR_MS = 3_600_000;

const statesOf = (jobs: readonly CancellationJob[]) => Promise.all(jobs.map((job) => job.getState()));
const idsOf = (jobs: readonly CancellationJob[]) => jobs.map(({ id }) => String(id));

describe('cancellations in the queue', () => {
  let parts: WorkerParts;
  beforeEach(async () => {
    parts = await workerParts();
  });
  afterEach(() => parts.close());

  it('are found in the order of their ids, with null for those that are not there', async () => {
    const [one, two] = [await parts.add({ streamName: 'one' }), await parts.add({ streamName: 'two' })];
    const found = await parts.cancellations.findMany([String(two.id), randomUUID(), String(one.id)]);
    expect(found.map((stored) => stored?.data.streamName ?? null)).toEqual(['two', null, 'one']);
    expect(found[0]).toMatchObject({ id: two.id, record: EMPTY_RECORD, finishedAt: null });
  });

  it('are started if they sleep, and left alone if they wait, are active or are gone', async () => {
    const active = await parts.add();
    await parts.take();
    const jobs = [await parts.add({}, HOUR_MS), await parts.add(), active];
    await parts.cancellations.startNow([...idsOf(jobs), randomUUID()]);
    expect(await statesOf(jobs)).toEqual(['waiting', 'waiting', 'active']);
  });

  it('start one at a time: the first of several that sleeps', async () => {
    const jobs = [await parts.add(), await parts.add({}, HOUR_MS), await parts.add({}, HOUR_MS)];
    await parts.cancellations.startOne([randomUUID(), ...idsOf(jobs)]);
    expect(await statesOf(jobs)).toEqual(['waiting', 'waiting', 'delayed']);
  });
});
