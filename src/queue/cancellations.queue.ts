import type { Job, JobsOptions, Queue } from 'bullmq';
import type { CancellationData } from '../cancellation/data.js';
import type { StoredRecord } from '../cancellation/record.js';

export const CANCELLATIONS_QUEUE = 'cancellations';
export const CANCEL_STREAM_JOB = 'cancel-stream';

/** A job that stops nothing: it shows that the queue is worked off while there are no cancellations to show it. */
export const CANARY_JOB = 'canary';

type JobName = typeof CANCEL_STREAM_JOB | typeof CANARY_JOB;
export type CancellationJob = Job<CancellationData, StoredRecord, JobName>;
export type CancellationQueue = Queue<CancellationData, StoredRecord, JobName>;

/** A canary is about no stream. */
export const EMPTY_CANARY = {} as CancellationData;

/**
 * How often a cancellation is tried, and that the delay between two attempts is the processor's affair (`backoffStrategy` in
 * `cancellations.processor.ts`). It is told by the worker that runs it, not kept with each one that waits; when it is forgotten
 * once it is finished, is the keeper's affair.
 */
export const runOptions = (maxAttempts: number): JobsOptions => ({
  attempts: maxAttempts,
  backoff: { type: 'planned' },
  // BullMQ would keep those of all attempts.
  stackTraceLimit: 1,
});

/** Has a job that waits for its delay to end start now; any other is left as it is. */
export async function startNow(queue: CancellationQueue, id: string): Promise<void> {
  const job = await queue.getJob(id);
  // BullMQ refuses to promote a job that is not delayed, or not any more.
  await job?.promote().catch(() => undefined);
}
