import type { ClosedState } from './project-states.js';
import type { FailureCode } from './failure-codes.js';
import type { AttemptStrategy } from './strategy.js';

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
  /** No connection was made, so that SignalWire knows nothing of it. */
  readonly isUnsent?: boolean;
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
  readonly sendingBy?: AttemptStrategy | undefined;
  readonly acceptedAt: number | null;
  readonly documentFetchedAt: number | null;
  readonly streamStoppedAt: number | null;
  /** When SignalWire's answer to a POST to the Streams resource said that the stream is stopped. */
  readonly saidStoppedAt?: number | null;
  /** When SignalWire knew no such stream any more, after a POST that may have stopped it. */
  readonly streamGoneAt?: number | null;
  /** The document that was sent last is somebody else's, and nobody counts its fetches. */
  readonly isUncounted?: boolean;
  /** The stream's SID, where a status callback had told it when an attempt was to be made. */
  readonly streamSid?: string | undefined;
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

/** With every field, since a copy of an object that gains one takes V8 as long as fifty that do not. */
export const EMPTY_RECORD: CancellationRecord = {
  attempts: [],
  sendingSince: null,
  sendingBy: undefined,
  acceptedAt: null,
  documentFetchedAt: null,
  streamStoppedAt: null,
  saidStoppedAt: null,
  streamGoneAt: null,
  isUncounted: false,
  streamSid: undefined,
  sidNotFound: false,
  binFetches: null,
  callEnded: false,
  nextAttemptAt: null,
  waitingFor: null,
  givenUp: null,
};

/**
 * A record as the job keeps it: what is empty in it is left out, and so is the usual way to stop a stream, so that a million of
 * them take less of Redis' memory.
 */
export type StoredRecord = Partial<Omit<CancellationRecord, 'attempts'>> & {
  readonly attempts?: readonly StoredAttempt[];
};

type StoredAttempt = Partial<Attempt> & Pick<Attempt, 'number' | 'startedAt' | 'durationMs' | 'outcome'>;

const USUAL = 'update_call';
const EMPTY_ATTEMPT = { strategy: USUAL, httpStatus: null, providerCode: null, message: null } as const;
const EMPTY = new Set<unknown>([null, undefined, false]);
const NAMES_A_WAY = new Set(['strategy', 'sendingBy']);

export function storedRecord(record: CancellationRecord): StoredRecord {
  const attempts = record.attempts.map((attempt) => withoutEmpty(attempt) as StoredAttempt);
  return Object.assign(withoutEmpty(record), { attempts: attempts.length > 0 ? attempts : undefined });
}

function withoutEmpty<T extends object>(fields: T): Partial<T> {
  const kept: Partial<T> = {};
  for (const name in fields) {
    const value = fields[name];
    if (!EMPTY.has(value) && !(value === USUAL && NAMES_A_WAY.has(name))) kept[name] = value;
  }
  return kept;
}

/** The record that a job keeps as its progress or result. */
export const recordFrom = (stored: StoredRecord): CancellationRecord =>
  Object.assign({}, EMPTY_RECORD, stored, {
    attempts: (stored.attempts ?? []).map((attempt) => Object.assign({}, EMPTY_ATTEMPT, attempt)),
  });

/** The record with an attempt that was under way counted as lost: for a job that is no longer in its worker's hands. */
export function closedRecord(record: CancellationRecord): CancellationRecord {
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
  sendingBy: undefined,
  nextAttemptAt: null,
  waitingFor: null,
});
