import type { Job, Queue } from 'bullmq';
import type { CancellationData } from '../cancellation/data.js';
import type { CancellationRecord } from '../cancellation/record.js';

export const CANCELLATIONS_QUEUE = 'cancellations';
export const CANCEL_STREAM_JOB = 'cancel-stream';

/** One job is one cancellation: its data, its progress and its result are the whole of it. */
export type CancellationJob = Job<CancellationData, CancellationRecord, typeof CANCEL_STREAM_JOB>;
export type CancellationQueue = Queue<CancellationData, CancellationRecord, typeof CANCEL_STREAM_JOB>;
