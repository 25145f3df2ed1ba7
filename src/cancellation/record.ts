import { CLOSED_STATES } from './vocabulary.js';
import type { AttemptStrategy, FailureCode, WaitingFor } from './vocabulary.js';

/** One POST to SignalWire on behalf of a cancellation. */
export interface Attempt {
  readonly number: number;
  readonly strategy: AttemptStrategy;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: 'accepted' | FailureCode;
  readonly httpStatus: number | null;
  /** SignalWire's own error code, such as 21220. */
  readonly providerCode: string | null;
  readonly message: string | null;
  /** Whether SignalWire may have received it: false where no connection was made. */
  readonly mayHaveArrived: boolean;
}

/** An attempt whose answer is not known yet. It is written before the POST, so that it outlives its worker. */
export type OpenAttempt = Pick<Attempt, 'startedAt' | 'strategy'>;

/**
 * Why no further attempt is made: none is left, none fits before the deadline, SignalWire refused for good, or it was
 * withdrawn.
 */
export type GiveUpReason = 'attempts' | 'deadline' | 'refused' | 'withdrawn';

/**
 * Everything that has happened to a cancellation: the job's progress while it is open, its result once it has
 * succeeded. A record never changes; `record-updates.ts` makes new ones. Times are epoch milliseconds.
 */
export interface CancellationRecord {
  /** The last `MAX_ATTEMPTS_KEPT` of them. */
  readonly attempts: readonly Attempt[];
  readonly open: OpenAttempt | null;
  /** How many attempts were followed by a backoff. */
  readonly retries: number;
  /** How many of these never reached SignalWire, so that `MAX_ATTEMPTS` does not limit them. */
  readonly retriesUnarrived: number;
  /** When SignalWire first answered 2xx. */
  readonly acceptedAt: number | null;
  /** When SignalWire first fetched a stop document of this cancellation. */
  readonly documentFetchedAt: number | null;
  /** When a status callback said that the stream stopped. */
  readonly streamStoppedAt: number | null;
  /**
   * When SignalWire's answer about the stream's SID said that it is stopped, or gone after a POST that may have stopped
   * it.
   */
  readonly saidStoppedAt: number | null;
  /** The call is over, so there is nothing left to stop. */
  readonly callEnded: boolean;
  /** The last update named a document on somebody else's server, whose fetches nobody reports. */
  readonly isDocumentElsewhere: boolean;
  /** The stream's SID, if a status callback told it before an attempt. */
  readonly streamSid: string | null;
  /** An attempt's answer was lost with its worker, so the call must be read before another one is sent. */
  readonly isCallUnknown: boolean;
  /** SignalWire did not know the stream by its SID; it is stopped by its name from then on. */
  readonly sidNotFound: boolean;
  /** When the next attempt starts, while one is planned. */
  readonly nextAttemptAt: number | null;
  readonly waitingFor: WaitingFor | null;
  readonly givenUp: GiveUpReason | null;
  /** When it was taken back. */
  readonly withdrawnAt: number | null;
}

export const EMPTY_RECORD: CancellationRecord = {
  attempts: [],
  open: null,
  retries: 0,
  retriesUnarrived: 0,
  acceptedAt: null,
  documentFetchedAt: null,
  streamStoppedAt: null,
  saidStoppedAt: null,
  callEnded: false,
  isDocumentElsewhere: false,
  streamSid: null,
  isCallUnknown: false,
  sidNotFound: false,
  nextAttemptAt: null,
  waitingFor: null,
  givenUp: null,
  withdrawnAt: null,
};

/** The number of the next attempt, from 1. */
export const nextNumber = ({ attempts }: CancellationRecord): number => (attempts.at(-1)?.number ?? 0) + 1;

/** Whether the last attempt may have reached SignalWire. */
export const hasArrived = ({ attempts }: Pick<CancellationRecord, 'attempts'>): boolean =>
  attempts.at(-1)?.mayHaveArrived ?? true;

/** Whether its project held it back when it last asked, so that the project's gate knows it as waiting. */
export const waitsForProject = ({ waitingFor }: CancellationRecord): boolean =>
  waitingFor === 'delivery' || waitingFor === 'paused' || CLOSED_STATES.some((state) => state === waitingFor);
