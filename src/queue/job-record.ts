import { isDeepStrictEqual } from 'node:util';
import { EMPTY_RECORD } from '../cancellation/record.js';
import type { CancellationRecord } from '../cancellation/record.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import type { CancellationJob, JobResult } from './cancellations.queue.js';

/**
 * What has happened to a cancellation so far: the job's progress, and its result once it has succeeded. BullMQ's
 * progress is 0 until it is first written.
 */
export const recordOf = ({ progress, returnvalue }: CancellationJob): CancellationRecord => ({
  ...EMPTY_RECORD,
  ...(typeof progress === 'object' && progress),
  ...returnvalue,
});

/** Everything twice would double the memory of a finished job. */
export const resultOf = (written: CancellationRecord, record: CancellationRecord): JobResult =>
  Object.fromEntries(
    Object.entries(record).filter(
      ([field, value]) => !isDeepStrictEqual(value, written[field as keyof CancellationRecord]),
    ),
  );

/** @param isActive whether a worker has the job, read no later than the job */
export const storedCancellation = (job: CancellationJob, isActive: boolean): StoredCancellation => ({
  id: String(job.id),
  data: job.data,
  record: recordOf(job),
  isActive,
  finishedAt: job.finishedOn ?? null,
  failedReason: job.finishedOn !== undefined && !job.returnvalue ? job.failedReason : null,
});
