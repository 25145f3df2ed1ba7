import { createHash } from 'node:crypto';
import type { Job, JobsOptions, Queue } from 'bullmq';
import type { Verb } from '../documents/verbs.js';
import type { FailureCode } from '../signalwire/signalwire.errors.js';

export const CANCELLATIONS_QUEUE = 'cancellations';
export const CANCEL_STREAM_JOB = 'cancel-stream';

/** What was accepted; never changed afterwards. Times are epoch milliseconds. */
export interface CancellationData {
  readonly project: string;
  readonly callSid: string;
  readonly streamName: string;
  readonly then: readonly Verb[];
  readonly createdAt: number;
  readonly deadline: number;
}

/** One POST to Update a Call on behalf of a cancellation. */
export interface Attempt {
  readonly number: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: 'accepted' | FailureCode;
  readonly httpStatus: number | null;
  /** SignalWire's own error code, such as 21220. */
  readonly providerCode: string | null;
  readonly message: string | null;
}

export type GiveUpReason = 'attempts' | 'deadline' | 'refused';

/** All that has happened to a cancellation: the job's progress while it is open, its result once it has succeeded. */
export interface CancellationRecord {
  readonly attempts: readonly Attempt[];
  /** When the attempt under way started; written beside its POST, so that it is not forgotten with its worker. */
  readonly sendingSince: number | null;
  readonly acceptedAt: number | null;
  readonly documentFetchedAt: number | null;
  /** The call was found to be over, so that there is nothing left to stop. */
  readonly callEnded: boolean;
  /** When the next attempt starts, while one is planned. */
  readonly nextAttemptAt: number | null;
  /** Why no further attempt is made: none is left, none fits before the deadline, or SignalWire refused for good. */
  readonly givenUp: GiveUpReason | null;
}

export const EMPTY_RECORD: CancellationRecord = {
  attempts: [],
  sendingSince: null,
  acceptedAt: null,
  documentFetchedAt: null,
  callEnded: false,
  nextAttemptAt: null,
  givenUp: null,
};

export type CancellationJob = Job<CancellationData, CancellationRecord, typeof CANCEL_STREAM_JOB>;
export type CancellationQueue = Queue<CancellationData, CancellationRecord, typeof CANCEL_STREAM_JOB>;

/** What has happened so far; BullMQ's progress is 0 until the first attempt has begun. */
export function recordOf(job: CancellationJob): CancellationRecord {
  if (job.returnvalue) return job.returnvalue;
  return typeof job.progress === 'object' ? (job.progress as CancellationRecord) : EMPTY_RECORD;
}

/** The record with an attempt that was under way counted as lost: for a job that is no longer in its worker's hands. */
export function closedRecordOf(job: CancellationJob): CancellationRecord {
  const record = recordOf(job);
  if (record.sendingSince === null) return record;
  const lost: Attempt = {
    number: record.attempts.length + 1,
    startedAt: record.sendingSince,
    durationMs: 0,
    outcome: 'timeout',
    httpStatus: null,
    providerCode: null,
    message: 'its worker was lost before the answer was known',
  };
  return { ...record, attempts: [...record.attempts, lost], sendingSince: null };
}

/** Tells the streams of all calls apart; hashed, since a stream's name may be long and hold anything. */
export const streamKey = ({
  project,
  callSid,
  streamName,
}: Pick<CancellationData, 'project' | 'callSid' | 'streamName'>): string =>
  createHash('sha256')
    .update(JSON.stringify([project, callSid, streamName]))
    .digest('base64url');

/**
 * How often a cancellation is tried and how long it can be read once it is finished. The delay between two attempts
 * is the processor's affair (`backoffStrategy` in `cancellations.processor.ts`).
 */
export function jobOptions(maxAttempts: number, retentionHours: number): JobsOptions {
  const retention = { age: retentionHours * 3600 };
  return {
    attempts: maxAttempts,
    backoff: { type: 'planned' },
    removeOnComplete: retention,
    removeOnFail: retention,
    stackTraceLimit: 1,
  };
}
