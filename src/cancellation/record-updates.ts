import { hasArrived, nextNumber } from './record.js';
import type { Attempt, CancellationRecord, GiveUpReason, OpenAttempt } from './record.js';
import type { WaitingFor } from './vocabulary.js';
import type { Proof } from './proof.js';

/** A cancellation of a throttled project may be tried for a whole day. */
export const MAX_ATTEMPTS_KEPT = 50;

const NOTHING_PLANNED = { nextAttemptAt: null, waitingFor: null } as const;

/** An attempt is about to be sent. */
export const withOpenAttempt = (record: CancellationRecord, open: OpenAttempt): CancellationRecord => ({
  ...record,
  ...NOTHING_PLANNED,
  open,
});

/** An attempt has ended. */
export function withAttempt(record: CancellationRecord, attempt: Attempt): CancellationRecord {
  const wasAccepted = attempt.outcome === 'accepted' || attempt.outcome === 'not_confirmed';
  return {
    ...record,
    ...NOTHING_PLANNED,
    open: null,
    isCallUnknown: false,
    attempts: [...record.attempts, attempt].slice(-MAX_ATTEMPTS_KEPT),
    acceptedAt: record.acceptedAt ?? (wasAccepted ? attempt.startedAt + attempt.durationMs : null),
  };
}

/** The worker of an open attempt is gone, and with it the answer. */
export function withLostAttempt(record: CancellationRecord): CancellationRecord {
  if (record.open === null) return record;
  return { ...withAttempt(record, lostAttempt(nextNumber(record), record.open)), isCallUnknown: true };
}

export const lostAttempt = (number: number, open: OpenAttempt): Attempt => ({
  ...open,
  number,
  durationMs: 0,
  outcome: 'timeout',
  httpStatus: null,
  providerCode: null,
  message: 'its worker was lost before the answer was known',
  mayHaveArrived: true,
});

/** An attempt that another cancellation of the call sent for this one too. The same one again changes nothing. */
export function withSharedAttempt(
  record: CancellationRecord,
  attempt: Attempt,
  callEnded: boolean,
): CancellationRecord {
  if (record.attempts.some(({ startedAt }) => startedAt === attempt.startedAt)) return record;
  const next = withAttempt(record, { ...attempt, number: nextNumber(record) });
  // Only documents of ours are shared.
  return { ...next, callEnded: record.callEnded || callEnded, isDocumentElsewhere: false };
}

/** Keeps the earliest proof of each kind. */
export const withProof = (record: CancellationRecord, proof: Proof): CancellationRecord => ({
  ...record,
  documentFetchedAt: record.documentFetchedAt ?? proof.documentFetchedAt,
  streamStoppedAt: record.streamStoppedAt ?? proof.streamStoppedAt,
});

/** SignalWire's answer said that the stream is stopped, or gone. */
export const withSaidStopped = (record: CancellationRecord, at: number): CancellationRecord => ({
  ...record,
  saidStoppedAt: record.saidStoppedAt ?? at,
});

export const withCallEnded = (record: CancellationRecord): CancellationRecord => ({
  ...record,
  callEnded: true,
});

/** The last attempt was accepted, but the evidence never came. */
export const withUnconfirmed = (record: CancellationRecord, message: string): CancellationRecord =>
  withLastAttempt(record, { outcome: 'not_confirmed', message });

/** A read of the call showed why the last attempt failed. */
export const withCallNotFound = (record: CancellationRecord): CancellationRecord =>
  withLastAttempt(record, { outcome: 'call_not_found' });

const withLastAttempt = (record: CancellationRecord, change: Partial<Attempt>): CancellationRecord => ({
  ...record,
  attempts: record.attempts.map((attempt, index) =>
    index === record.attempts.length - 1 ? { ...attempt, ...change } : attempt,
  ),
});

/** The next start of the job is planned. */
export const withPlan = (
  record: CancellationRecord,
  waitingFor: WaitingFor,
  nextAttemptAt: number,
): CancellationRecord => ({ ...record, nextAttemptAt, waitingFor });

export const withRetry = (record: CancellationRecord, nextAttemptAt: number): CancellationRecord => ({
  ...withPlan(record, 'backoff', nextAttemptAt),
  retries: record.retries + 1,
  retriesUnarrived: record.retriesUnarrived + (hasArrived(record) ? 0 : 1),
});

/** It was taken back. A worker ends its job later. */
export const withWithdrawn = (record: CancellationRecord, at: number): CancellationRecord => ({
  ...withGivenUp(withLostAttempt(record), 'withdrawn'),
  withdrawnAt: record.withdrawnAt ?? at,
});

/** Nothing more happens. What it waited for stays, because it explains the failure of one that was never sent. */
export const withGivenUp = (record: CancellationRecord, givenUp: GiveUpReason): CancellationRecord => ({
  ...record,
  open: null,
  nextAttemptAt: null,
  givenUp,
});

export const withNothingPlanned = (record: CancellationRecord): CancellationRecord => ({
  ...record,
  ...NOTHING_PLANNED,
  open: null,
});
