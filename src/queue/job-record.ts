import { EMPTY_RECORD } from '../cancellation/record.js';
import type { CancellationRecord } from '../cancellation/record.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import type { CancellationJob } from './cancellations.queue.js';

/** What has happened to a cancellation so far. BullMQ's progress is 0 until its first attempt has begun. */
export function recordOf({ progress, returnvalue }: CancellationJob): CancellationRecord {
  const kept = returnvalue ?? progress;
  return typeof kept === 'object' ? { ...EMPTY_RECORD, ...kept } : EMPTY_RECORD;
}

/** @param state the job's state in BullMQ, read no later than the job */
export const storedCancellation = (job: CancellationJob, state: string): StoredCancellation => ({
  id: String(job.id),
  data: job.data,
  record: recordOf(job),
  isActive: state === 'active',
  finishedAt: job.finishedOn ?? null,
  failedReason: job.finishedOn !== undefined && !job.returnvalue ? job.failedReason : null,
});
