import { createHash } from 'node:crypto';
import type { Job, JobsOptions, Queue } from 'bullmq';
import type { Verb } from '../documents/verbs.js';
import type { ClosedState } from '../projects/project-gates.js';
import type { FailureCode } from '../signalwire/signalwire.errors.js';
import type { AttemptStrategy, Strategy } from './strategy.js';

export const CANCELLATIONS_QUEUE = 'cancellations';
export const CANCEL_STREAM_JOB = 'cancel-stream';

/** A job that stops nothing: it shows that the queue is worked off while there are no cancellations to show it. */
export const CANARY_JOB = 'canary';

/** BullMQ orders delayed jobs by their due time in milliseconds times this, plus a sequence number. */
export const DELAYED_SCORE_FACTOR = 0x1000;

/** What was accepted; never changed afterwards. Times are epoch milliseconds. Jobs of an older version lack what is optional. */
export interface CancellationData {
  readonly project: string;
  readonly callSid: string;
  /** Null where the request named a SID alone. */
  readonly streamName: string | null;
  /** Given by the request, or known when it came. */
  readonly streamSid?: string | null;
  /** As the request had it. */
  readonly strategy?: Strategy;
  /** `strategyFor` of `strategy.ts`. */
  readonly mayUseStreamResource?: boolean;
  /** The other cancellations of the same request. */
  readonly siblings?: readonly string[];
  readonly then: readonly Verb[];
  /** The template that the request named instead of `then`; absent in jobs of an older version. */
  readonly template?: string | null;
  /** The document that the request named instead of either, as `DOCUMENT_URL` has it; absent likewise. */
  readonly documentUrl?: string | null;
  readonly createdAt: number;
  readonly deadline: number;
}

/** One POST on behalf of a cancellation. */
export interface Attempt {
  readonly number: number;
  /** Absent where an older version made it, which knew Update a Call alone. */
  readonly strategy?: AttemptStrategy;
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

/**
 * Why the next attempt has not started: the backoff after a failed one, another update of the same call, a call that is
 * not answered yet, the project's requests a second, its state, or that it is no longer configured.
 */
export type WaitingFor = 'backoff' | 'call' | 'answer' | 'rate' | ClosedState | 'configuration';

/** All that has happened to a cancellation: the job's progress while it is open, its result once it has succeeded. */
export interface CancellationRecord {
  readonly attempts: readonly Attempt[];
  /** When the attempt under way started; written beside its POST, so that it is not forgotten with its worker. */
  readonly sendingSince: number | null;
  /** How it is made. */
  readonly sendingBy?: AttemptStrategy;
  readonly acceptedAt: number | null;
  readonly documentFetchedAt: number | null;
  readonly streamStoppedAt: number | null;
  /** When SignalWire's answer to a POST to the Streams resource said that the stream is stopped. */
  readonly saidStoppedAt?: number | null;
  /** The stream's SID, where a status callback had told it when an attempt was to be made. */
  readonly streamSid?: string;
  /** SignalWire did not know the stream by its SID: it is stopped by its name from then on. */
  readonly sidNotFound?: boolean;
  /** How often the project's own XML Bin had been fetched before the first attempt; null where there is none. */
  readonly binFetches: number | null;
  /** The call was found to be over, so that there is nothing left to stop. */
  readonly callEnded: boolean;
  /** When the next attempt starts, while one is planned. */
  readonly nextAttemptAt: number | null;
  readonly waitingFor: WaitingFor | null;
  /** Why no further attempt is made: none is left, none fits before the deadline, or SignalWire refused for good. */
  readonly givenUp: GiveUpReason | null;
}

export const EMPTY_RECORD: CancellationRecord = {
  attempts: [],
  sendingSince: null,
  acceptedAt: null,
  documentFetchedAt: null,
  streamStoppedAt: null,
  binFetches: null,
  callEnded: false,
  nextAttemptAt: null,
  waitingFor: null,
  givenUp: null,
};

type JobName = typeof CANCEL_STREAM_JOB | typeof CANARY_JOB;
export type CancellationJob = Job<CancellationData, CancellationRecord, JobName>;
export type CancellationQueue = Queue<CancellationData, CancellationRecord, JobName>;

/** A canary is about no stream. */
export const EMPTY_CANARY = {} as CancellationData;

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
    number: nextNumber(record),
    strategy: record.sendingBy ?? 'update_call',
    startedAt: record.sendingSince,
    durationMs: 0,
    outcome: 'timeout',
    httpStatus: null,
    providerCode: null,
    message: 'its worker was lost before the answer was known',
  };
  return withAttempt(record, lost);
}

/** A cancellation that waits for a throttled project may be tried for as long as a day. */
const MAX_ATTEMPTS_KEPT = 50;

export const nextNumber = ({ attempts }: CancellationRecord): number => (attempts.at(-1)?.number ?? 0) + 1;

/** The record with one attempt more, which is no longer under way; of very many, the last ones are kept. */
export const withAttempt = (record: CancellationRecord, attempt: Attempt): CancellationRecord => ({
  ...record,
  attempts: [...record.attempts, attempt].slice(-MAX_ATTEMPTS_KEPT),
  sendingSince: null,
  nextAttemptAt: null,
  waitingFor: null,
});

/**
 * Tells the streams of all calls apart; hashed, since a stream's name may be long and hold anything. The name of a stream
 * that was given none is its SID (https://signalwire.com/docs/compatibility-api/cxml/voice/stream).
 */
export const streamKey = ({
  project,
  callSid,
  streamName,
}: Pick<CancellationData, 'project' | 'callSid'> & { readonly streamName: string }): string =>
  hashOf([project, callSid, streamName]);

/** The key of the stream that a cancellation is about: by its name where it was given one, as requests name it. */
export const namedStreamKey = ({
  project,
  callSid,
  streamName,
  streamSid,
}: Pick<CancellationData, 'project' | 'callSid' | 'streamName' | 'streamSid'>): string =>
  streamKey({ project, callSid, streamName: streamName ?? streamSid ?? '' });

/**
 * The keys under which the end of that stream is told: its SID's alone where that is known, since a name may be another
 * stream's by now; its name's too once SignalWire did not know the SID, so that it is stopped by its name.
 */
export function stoppedKeys(
  { project, callSid, streamName, streamSid }: CancellationData,
  { streamSid: learned, sidNotFound = false }: Pick<CancellationRecord, 'streamSid' | 'sidNotFound'>,
): string[] {
  const sid = streamSid ?? learned ?? null;
  const names: readonly (string | null)[] = sid === null || sidNotFound ? [streamName, sid] : [sid];
  return names
    .filter((name) => name !== null)
    .map((name) => streamKey({ project, callSid, streamName: name }));
}

/** Tells the calls of all projects apart; hashed, so that no two of them can be written alike. */
export const callKey = ({ project, callSid }: Pick<CancellationData, 'project' | 'callSid'>): string =>
  hashOf([project, callSid]);

const hashOf = (parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

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

/** Has a job that waits for its delay to end start now; any other is left as it is. */
export async function startNow(queue: CancellationQueue, id: string): Promise<void> {
  const job = await queue.getJob(id);
  // BullMQ refuses to promote a job that is not delayed, or not any more.
  await job?.promote().catch(() => undefined);
}
