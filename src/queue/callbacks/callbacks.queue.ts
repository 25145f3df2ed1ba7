import type { Job, Queue } from 'bullmq';
import type { CallbackEvent } from '../../cancellation/callback/callback.js';

export const CALLBACKS_QUEUE = 'callbacks';
export const DELIVER_JOB = 'deliver';

/** What is delivered is read from the cancellation; this is for people who look at the job. */
export interface CallbackData {
  readonly event: CallbackEvent;
  readonly url: string;
}

/** What a job returns. BullMQ keeps the reason of an earlier fault, so that alone would not tell how it ended. */
export type CallbackResult = 'delivered';

/** One job is the callback of one cancellation, and has its id. Its progress is a `CallbackRecord`. */
export type CallbackJob = Job<CallbackData, CallbackResult, typeof DELIVER_JOB>;
export type CallbackQueue = Queue<CallbackData, CallbackResult, typeof DELIVER_JOB>;
