import type { Job, Queue } from 'bullmq';
import type { CancellationData } from '../cancellation/data.js';
import type { CancellationRecord } from '../cancellation/record.js';

export const CANCELLATIONS_QUEUE = 'cancellations';
export const CANCEL_STREAM_JOB = 'cancel-stream';

/** What a job returns: the fields of its record that have changed since its progress was last written. */
export type JobResult = Partial<CancellationRecord>;

/** One job is one cancellation: its data, its progress and its result are the whole of it. */
export type CancellationJob = Job<CancellationData, JobResult, typeof CANCEL_STREAM_JOB>;
export type CancellationQueue = Queue<CancellationData, JobResult, typeof CANCEL_STREAM_JOB>;
