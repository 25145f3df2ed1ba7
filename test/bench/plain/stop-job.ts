import type { JobsOptions } from 'bullmq';

export const STOP_QUEUE = 'stops';

export interface StopJob {
  readonly callSid: string;
  readonly streamName: string;
}

/** Finished jobs are kept as long as the service keeps finished cancellations. */
const KEPT_SECONDS = 24 * 3600;

export const JOB_OPTIONS: JobsOptions = {
  attempts: 8,
  backoff: { type: 'exponential', delay: 250 },
  removeOnComplete: { age: KEPT_SECONDS },
  removeOnFail: { age: KEPT_SECONDS },
};
