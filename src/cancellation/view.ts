import type { Verb } from '../cxml/verbs.js';
import { traceIdOf } from '../platform/trace/traceparent.js';
import type { StoredCallback } from './callback/callback.js';
import { callbackViewsOf } from './callback/callback-view.js';
import type { CallbackView } from './callback/callback-view.js';
import type { FailureCode, WaitingFor } from './vocabulary.js';
import type { Attempt, CancellationRecord } from './record.js';
import { withLostAttempt } from './record-updates.js';
import type { StoredCancellation } from './stored-cancellation.js';
import type { AttemptStrategy, Strategy } from './vocabulary.js';
import type { Warning } from './warnings.js';

export const STATUSES = [
  'queued',
  'running',
  'retrying',
  'succeeded',
  'failed',
  'expired',
  'withdrawn',
] as const;
export const EVIDENCE_LEVELS = [
  'none',
  'accepted',
  'document_fetched',
  'stream_stopped',
  'call_ended',
] as const;

/** An attempt as the API shows it. */
export interface AttemptView {
  readonly number: number;
  readonly strategy: AttemptStrategy;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly outcome: Attempt['outcome'];
  readonly httpStatus: number | null;
  readonly providerCode: string | null;
  readonly message: string | null;
}

/** Why a cancellation did not succeed. */
export interface FailureView {
  /** Null for one that was never sent, for a reason that is nobody's answer. */
  readonly code: FailureCode | null;
  readonly message: string;
}

/** A cancellation as the API shows it; times are ISO 8601 in UTC. */
export interface CancellationView {
  readonly id: string;
  readonly project: string;
  readonly callSid: string;
  readonly streamName: string | null;
  readonly streamSid: string | null;
  readonly strategy: Strategy;
  readonly status: (typeof STATUSES)[number];
  readonly evidence: (typeof EVIDENCE_LEVELS)[number];
  readonly attempts: readonly AttemptView[];
  readonly createdAt: string;
  readonly deadline: string;
  readonly acceptedAt: string | null;
  readonly documentFetchedAt: string | null;
  readonly saidStoppedAt: string | null;
  readonly streamStoppedAt: string | null;
  readonly finishedAt: string | null;
  readonly nextAttemptAt: string | null;
  /** As of the last time that a worker looked at it; null for a worker, or where no worker has looked yet. */
  readonly waitingFor: WaitingFor | null;
  readonly failure: FailureView | null;
  readonly warnings: readonly Warning[];
  /** The name of the API key that asked for it; null if the service had no keys. */
  readonly requestedBy: string | null;
  /** `X-Request-Id` of the request that asked for it; null if it was accepted by an earlier version. */
  readonly requestId: string | null;
  /** The trace of that request, of its `traceparent`. */
  readonly traceId: string | null;
  /** The cancellation that this one repeats. */
  readonly retryOf: string | null;
  /** What the call does after the stop: as requested, or the default of its project. */
  readonly then: readonly Verb[];
  readonly template: string | null;
  readonly documentUrl: string | null;
  readonly deadlineMs: number;
  /** None, or one: how its end is told to the address that the request named. */
  readonly callbacks: readonly CallbackView[];
}

/** @param callback null if it has none, or none is queued yet */
export function viewOf(
  stored: StoredCancellation,
  warnings: readonly Warning[],
  callback: StoredCallback | null = null,
): CancellationView {
  const { data } = stored;
  const record = stored.isActive ? stored.record : withLostAttempt(stored.record);
  const status = statusOf(stored, record);
  return {
    id: stored.id,
    project: data.project,
    callSid: data.callSid,
    streamName: data.streamName,
    streamSid: data.streamSid ?? record.streamSid,
    strategy: data.strategy ?? 'auto',
    status,
    evidence: evidenceIn(record),
    attempts: record.attempts.map(attemptViewOf),
    createdAt: iso(data.createdAt),
    deadline: iso(data.deadline),
    acceptedAt: isoOrNull(record.acceptedAt),
    documentFetchedAt: isoOrNull(record.documentFetchedAt),
    saidStoppedAt: isoOrNull(record.saidStoppedAt),
    streamStoppedAt: isoOrNull(record.streamStoppedAt),
    finishedAt: isoOrNull(record.withdrawnAt ?? stored.finishedAt),
    nextAttemptAt: status === 'retrying' ? isoOrNull(record.nextAttemptAt) : null,
    waitingFor: status === 'queued' || status === 'retrying' ? record.waitingFor : null,
    failure: status === 'failed' || status === 'expired' ? failureOf(record, stored.failedReason) : null,
    warnings,
    requestedBy: data.requestedBy ?? null,
    requestId: data.requestId ?? null,
    traceId: traceIdOf(data.traceparent) ?? null,
    retryOf: data.retryOf ?? null,
    then: data.then,
    template: data.template ?? null,
    documentUrl: data.documentUrl ?? null,
    deadlineMs: data.deadline - data.createdAt,
    callbacks: callbackViewsOf(data.callbackUrl, status, callback),
  };
}

const attemptViewOf = (attempt: Attempt): AttemptView => ({
  number: attempt.number,
  strategy: attempt.strategy,
  startedAt: iso(attempt.startedAt),
  durationMs: attempt.durationMs,
  outcome: attempt.outcome,
  httpStatus: attempt.httpStatus,
  providerCode: attempt.providerCode,
  message: attempt.message,
});

function statusOf(
  { isActive, finishedAt, failedReason }: StoredCancellation,
  record: CancellationRecord,
): CancellationView['status'] {
  if (record.withdrawnAt !== null) return 'withdrawn';
  if (finishedAt !== null) {
    if (failedReason === null) return 'succeeded';
    return record.givenUp === 'deadline' ? 'expired' : 'failed';
  }
  if (isActive) return 'running';
  return record.attempts.length > 0 ? 'retrying' : 'queued';
}

/** The strongest proof so far that the stream stops. */
export function evidenceIn(record: CancellationRecord): CancellationView['evidence'] {
  if (record.streamStoppedAt !== null) return 'stream_stopped';
  if (record.documentFetchedAt !== null) return 'document_fetched';
  if (record.callEnded) return 'call_ended';
  return record.acceptedAt === null && record.saidStoppedAt === null ? 'none' : 'accepted';
}

/** @param failedReason what BullMQ says of a job that we have not given up */
export function failureOf(record: CancellationRecord, failedReason: string | null): FailureView {
  const last = record.attempts.at(-1);
  // We gave no reason, so BullMQ ended a job that took its worker down each time.
  if (record.givenUp === null) return { code: 'poisoned', message: failedReason ?? '' };
  // Without an attempt, only a read of the call can have shown that.
  if (last === undefined && record.givenUp === 'refused') return UNKNOWN_CALL;
  if (last === undefined) return UNSENT[record.waitingFor ?? 'backoff'];
  // Its worker was lost, or another cancellation sent it.
  if (last.outcome === 'accepted')
    return { code: 'not_confirmed', message: 'SignalWire accepted the request, but no evidence was found' };
  return { code: last.outcome, message: last.message ?? last.outcome };
}

const UNKNOWN_CALL: FailureView = { code: 'call_not_found', message: 'SignalWire does not know the call' };

/** Why a cancellation was never sent until its deadline, by what it waited for. */
const UNSENT: Record<WaitingFor, FailureView> = {
  backoff: { code: null, message: 'no worker sent it before the deadline' },
  call: { code: null, message: 'other updates of the call were under way until the deadline' },
  report: { code: null, message: 'another cancellation was to send it, and had not until the deadline' },
  answer: { code: null, message: 'the call was not answered before the deadline' },
  throttled: { code: 'rate_limited', message: "the project's requests were throttled until the deadline" },
  rate: { code: 'rate_limited', message: "the project's rate limit was exhausted until the deadline" },
  unauthorized: {
    code: 'unauthorized',
    message: "the project's credentials were refused until the deadline",
  },
  unavailable: { code: 'provider_error', message: 'SignalWire was unavailable until the deadline' },
  undelivered: {
    code: null,
    message: "SignalWire did not fetch the project's documents, so nothing was sent until the deadline",
  },
  delivery: {
    code: null,
    message: "until the deadline no fetch showed that SignalWire can reach the project's documents",
  },
  paused: { code: null, message: 'an operator had paused the sending until the deadline' },
  configuration: { code: 'unauthorized', message: 'the project is no longer configured' },
};

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

const isoOrNull = (epochMs: number | null): string | null => (epochMs === null ? null : iso(epochMs));
