import { closedRecord, EMPTY_RECORD, recordFrom } from '../cancellation/record.js';
import type { CancellationRecord } from '../cancellation/record.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import type { CancellationJob } from './cancellations.queue.js';

/** What has happened to a cancellation so far. BullMQ's progress is 0 until its first attempt has begun. */
export function recordOf(job: CancellationJob): CancellationRecord {
  if (job.returnvalue) return recordFrom(job.returnvalue);
  return typeof job.progress === 'object' ? recordFrom(job.progress) : EMPTY_RECORD;
}

export const closedRecordOf = (job: CancellationJob): CancellationRecord => closedRecord(recordOf(job));

/** @param state the job's state in BullMQ, read no later than the job */
export const storedCancellation = (job: CancellationJob, state: string): StoredCancellation => ({
  id: String(job.id),
  data: job.data,
  record: recordOf(job),
  isActive: state === 'active',
  finishedAt: job.finishedOn ?? null,
  failedReason: job.finishedOn !== undefined && !job.returnvalue ? job.failedReason : null,
});
