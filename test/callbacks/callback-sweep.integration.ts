import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { CallbackReport } from '../../src/callbacks/callback.report.js';
import { CallbackSweep } from '../../src/callbacks/callback-sweep.js';
import { Metrics } from '../../src/platform/metrics/metrics.js';
import { listKey } from '../../src/queue/listing/layout.js';
import { Lists } from '../../src/queue/listing/lists.js';
import { CALLBACK_DUE } from '../../src/queue/listing/terms.js';
import { testRecord } from '../cancellation/fixtures/cancellation.js';
import { freshData, workerParts } from '../queue/fixtures/worker-parts.js';
import type { WorkerParts } from '../queue/fixtures/worker-parts.js';

const CALLBACK = { callbackUrl: 'https://app.example.com/stopped' };

describe('callbacks after a crash', () => {
  let parts: WorkerParts;
  let sweep: CallbackSweep;
  beforeEach(async () => {
    parts = await workerParts();
    const lists = new Lists(parts.chunks, parts.cancellations);
    sweep = new CallbackSweep(
      lists,
      parts.callbackJobs,
      parts.cancellations,
      parts.connection,
      new CallbackReport(new Metrics()),
    );
  });
  afterEach(() => parts.close());

  /** Accepted, as the API does it. */
  async function accepted(fields: object): Promise<string> {
    const id = uuidv7();
    const entry = { id, data: freshData({ callSid: randomUUID(), ...fields }) };
    await parts.cancellations.add(await parts.listing.enter([entry]));
    return id;
  }

  /** Its worker ended it, and died before it did anything else. */
  async function ended(): Promise<void> {
    const job = await parts.take('dead');
    await job.moveToCompleted({ ...testRecord({ documentFetchedAt: Date.now() }) }, 'dead', false);
  }

  const note = async (id: string) => parts.listing.write((await parts.cancellations.find(id))!);
  const queued = async (): Promise<(string | undefined)[]> =>
    (await parts.callbackQueue.getJobs()).map((job) => job.id);

  it('are queued once the list knows that their cancellations have ended, and only once', async () => {
    const id = await accepted(CALLBACK);
    await ended();
    await accepted(CALLBACK);
    await sweep.apply();
    expect(await queued()).toEqual([]);
    await parts.listKeeper.apply();
    await sweep.apply();
    expect(await queued()).toEqual([id]);
    const job = await parts.callbackQueue.getJob(id);
    await job?.remove();
    await sweep.apply();
    expect(await queued()).toEqual([]);
  });

  it('are left alone where they were queued in time', async () => {
    const id = await accepted(CALLBACK);
    await ended();
    await note(id);
    await parts.callbackJobs.add((await parts.cancellations.find(id))!);
    const before = await parts.callbackQueue.getJob(id);
    await sweep.apply();
    expect(await queued()).toEqual([id]);
    expect((await parts.callbackQueue.getJob(id))?.timestamp).toBe(before?.timestamp);
  });

  it('wait until a worker has ended the job of what was withdrawn', async () => {
    const id = await accepted(CALLBACK);
    const stored = (await parts.cancellations.find(id))!;
    await parts.listing.write({ ...stored, record: testRecord({ withdrawnAt: Date.now() }) });
    await sweep.apply();
    expect(await queued()).toEqual([]);
  });

  it('have a job ended that was withdrawn and sleeps, although the API died before it started it', async () => {
    const id = await accepted(CALLBACK);
    const job = await parts.take('token');
    await job.moveToDelayed(Date.now() + 60_000, 'token');
    const stored = (await parts.cancellations.find(id))!;
    const record = testRecord({ givenUp: 'withdrawn', withdrawnAt: Date.now() });
    await job.updateProgress(record);
    await parts.listing.write({ ...stored, record });
    await sweep.apply();
    expect((await parts.take('token')).id).toBe(id);
  });

  it('cost nothing where no cancellation has one', async () => {
    const id = await accepted({});
    await ended();
    await note(id);
    await sweep.apply();
    expect(await queued()).toEqual([]);
    expect(await parts.redis.keys(`${listKey(parts.prefix)}:*:${CALLBACK_DUE}`)).toEqual([]);
    // Of the queue as a whole.
    expect(await parts.redis.keys(`${parts.prefix}:callbacks:*`)).toEqual([`${parts.prefix}:callbacks:meta`]);
  });

  it('are removed with their cancellations', async () => {
    const id = await accepted(CALLBACK);
    const other = await accepted(CALLBACK);
    await ended();
    await ended();
    const [gone, kept] = await parts.cancellations.findMany([id, other]);
    await parts.callbackJobs.add(gone!);
    await parts.callbackJobs.add(kept!);
    await parts.callbackJobs.remove([gone!]);
    expect(await queued()).toEqual([other]);
  });
});
