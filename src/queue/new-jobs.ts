import { Job } from 'bullmq';
import type { JobJson } from 'bullmq';
import { CANCEL_STREAM_JOB } from './cancellations.queue.js';
import { namedStreamKey } from '../cancellation/keys.js';
import type { CancellationJob, CancellationQueue } from './cancellations.queue.js';
import type { CancellationData } from '../cancellation/data.js';
import type { CancellationRecord } from '../cancellation/record.js';

type Name = typeof CANCEL_STREAM_JOB;

/** A cancellation to be queued. */
export interface Entry {
  readonly id: string;
  readonly data: CancellationData;
}

/**
 * BullMQ would keep a job's id, which is in its key, and what it takes for granted among the job's options too: a twentieth
 * of the memory that a waiting one takes, and as much of what goes to Redis and back.
 */
class NewJob extends Job<CancellationData, CancellationRecord, Name> {
  override asJSON(): JobJson {
    const { deduplication } = this.opts;
    return Object.assign(super.asJSON(), { opts: { deduplication } });
  }
}

/** What BullMQ is given for an entry: of two for one stream only the first is queued. */
export const jobOf = ({ id, data }: Entry) => ({
  name: CANCEL_STREAM_JOB as Name,
  data,
  opts: { jobId: id, deduplication: { id: namedStreamKey(data) } },
});

/** @returns the entry's own job, or, by its id, the one that was there before */
export function add(queue: CancellationQueue, entry: Entry): Promise<CancellationJob> {
  const { name, data, opts } = jobOf(entry);
  return NewJob.create<CancellationData, CancellationRecord, Name>(queue, name, data, opts);
}

/** All with one write, each by itself. */
export function addBulk(queue: CancellationQueue, entries: readonly Entry[]): Promise<CancellationJob[]> {
  return NewJob.createBulk<CancellationData, CancellationRecord, Name>(queue, entries.map(jobOf));
}
