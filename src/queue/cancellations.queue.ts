import { hash } from 'node:crypto';
import type { Job, JobsOptions, Queue } from 'bullmq';
import type { Verb } from '../cxml/verbs.js';
import type { CancellationRecord, StoredRecord } from '../cancellation/record.js';
import type { Strategy } from '../cancellation/strategy.js';

export const CANCELLATIONS_QUEUE = 'cancellations';
export const CANCEL_STREAM_JOB = 'cancel-stream';

/** A job that stops nothing: it shows that the queue is worked off while there are no cancellations to show it. */
export const CANARY_JOB = 'canary';

/** BullMQ orders delayed jobs by their due time in milliseconds times this, plus a sequence number. */
export const DELAYED_SCORE_FACTOR = 0x1000;

/** A request with an `Idempotency-Key`, as its cancellations know it. */
export interface KeyedRequest {
  /** Of what it asks for: the key is refused to whoever asks for something else. */
  readonly fingerprint: string;
  /** Tells the request that came first from those that repeat it. */
  readonly mark: string;
}

/** What was accepted; never changed afterwards. Times are epoch milliseconds. What is optional is absent where it is empty. */
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
  /** The request named no stream: it was for all that were known. */
  readonly isOneOfAll?: boolean;
  /** The request, where it had an `Idempotency-Key`. */
  readonly keyed?: KeyedRequest;
  readonly then: readonly Verb[];
  /** The request itself had the `then`, which no default takes the place of. */
  readonly isThenRequested?: boolean;
  /** The template that the request named instead of `then`. */
  readonly template?: string | null;
  /** The document that the request named, to which `then` is the fallback, as `DOCUMENT_URL` has it. */
  readonly documentUrl?: string | null;
  readonly createdAt: number;
  readonly deadline: number;
}

type JobName = typeof CANCEL_STREAM_JOB | typeof CANARY_JOB;
export type CancellationJob = Job<CancellationData, StoredRecord, JobName>;
export type CancellationQueue = Queue<CancellationData, StoredRecord, JobName>;

/** A canary is about no stream. */
export const EMPTY_CANARY = {} as CancellationData;

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

/** 128 bits are enough to tell them apart, and stand in several keys of each job. */
const HASH_LENGTH = 22;

const hashOf = (parts: readonly string[]): string =>
  hash('sha256', JSON.stringify(parts), 'base64url').slice(0, HASH_LENGTH);

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
