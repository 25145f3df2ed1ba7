import type { Attempt, CancellationRecord, GiveUpReason } from '../cancellation/record.js';
import type { WaitingFor } from '../cancellation/vocabulary.js';
import { isUnanswered, mayHaveTakenEffect } from '../cancellation/effect.js';
import { giveUp, SUCCEED, waitFor } from './next.js';
import type { Next } from './next.js';
import { failuresOf, planRetry, roomMs } from './retry-policy.js';
import type { RetryLimits, Time } from './retry-policy.js';
import { isKnownCode } from '../signalwire/answer.js';
import type { CallState } from '../signalwire/answer.js';

/** A process that has not read the projects file again may know the project later. */
const CONFIGURATION_WAIT_MS = 5000;

/** A job that starts this much early was started by a machine whose clock is wrong. */
const EARLY_MS = 250;

/** Waits that only their own timer ends. */
const TIMED_WAITS: ReadonlySet<WaitingFor> = new Set<WaitingFor>(['backoff', 'answer', 'rate']);

/** How soon a cancellation looks again for the outcome of an attempt that another one is sending for it. */
const REPORT_LOOK_MS = 500;

/** Another cancellation is sending an attempt for it. */
export const AWAIT_REPORT = waitFor('report', REPORT_LOOK_MS);

/**
 * Outcomes of a shared attempt after which each cancellation plans its own retry; the others are decided by an attempt
 * of its own.
 */
const RETRIED_ALONE: ReadonlySet<Attempt['outcome']> = new Set<Attempt['outcome']>([
  'not_confirmed',
  'provider_error',
  'timeout',
  'unreachable',
  'invalid_response',
]);

/** How long to back off after a 401, 403 or 429 if the gate is open. */
const STOPPED_WAIT_MS = 1000;
const LONGEST_STOPPED_WAIT_MS = 60_000;

/** How soon a call that nobody has answered is looked at again: the longer it rings, the less often. */
const FIRST_ANSWER_WAIT_MS = 500;
const LONGEST_ANSWER_WAIT_MS = 2000;

/**
 * SignalWire does not know a call in its first moments; for this long after acceptance, an unknown one may be that
 * young.
 */
const YOUNG_CALL_MS = 5000;

/** What is known when a run starts. */
export interface StartFacts {
  readonly record: CancellationRecord;
  /** What the job waited for, and until when; epoch milliseconds. */
  readonly waitedFor: WaitingFor | null;
  readonly plannedAt: number | null;
  readonly isProven: boolean;
  readonly isConfigured: boolean;
  /** The outcome of an attempt that another cancellation sent for this one since it last looked; null for none. */
  readonly sharedOutcome: Attempt['outcome'] | null;
  /** Another one is sending an attempt for it right now. */
  readonly isSharedUnderWay: boolean;
}

/** What to do at the start of a run; null where an attempt may be made. */
export function nextAtStart(facts: StartFacts, time: Time, limits: RetryLimits): Next | null {
  const { record, waitedFor, plannedAt, sharedOutcome } = facts;
  const { now } = time;
  // Whatever has happened since, its caller was told so.
  if (record.withdrawnAt !== null) return giveUp('withdrawn');
  if (facts.isSharedUnderWay) return AWAIT_REPORT;
  if (facts.isProven) return SUCCEED;
  // The worker was lost after it had given up.
  if (record.givenUp !== null) return giveUp(record.givenUp);
  if (now >= time.deadline) return giveUp('deadline');
  if (!facts.isConfigured) return waitFor('configuration', CONFIGURATION_WAIT_MS);
  if (sharedOutcome !== null && RETRIED_ALONE.has(sharedOutcome))
    return planRetry(failuresOf(record), null, time, limits);
  const earlyMs = waitedFor !== null && TIMED_WAITS.has(waitedFor) ? (plannedAt ?? 0) - now : 0;
  // No attempt follows the last one, however early the end is started.
  const mayBeEarlyMs = (plannedAt ?? 0) < time.deadline ? EARLY_MS : 0;
  return earlyMs > mayBeEarlyMs ? waitFor(waitedFor ?? 'backoff', earlyMs) : null;
}

/**
 * For how many milliseconds a cancellation that has no time for another attempt waits for its deadline. None where an
 * attempt may still take effect: its evidence is awaited instead.
 */
export const msUntilExpiry = (record: CancellationRecord, reason: GiveUpReason, time: Time): number =>
  reason === 'deadline' && !record.attempts.some(mayHaveTakenEffect)
    ? Math.max(0, time.deadline - time.now)
    : 0;

/** A call's state as SignalWire told it; `not_found` where it does not know the call, null where it was not asked. */
export type KnownCallState = CallState | 'not_found' | null;

/**
 * Whether there is nothing left to stop. A call that SignalWire has accepted an update for did exist, so that an
 * unknown one is over.
 */
export const isOver = (
  state: KnownCallState,
  { acceptedAt }: Pick<CancellationRecord, 'acceptedAt'>,
): boolean => state === 'ended' || (state === 'not_found' && acceptedAt !== null);

/** What a read of the call decides; null where the call is in progress or nothing is known. */
export function nextByCallState(state: KnownCallState, record: CancellationRecord, time: Time): Next | null {
  if (isOver(state, record)) return SUCCEED;
  if (state === 'not_found') {
    const youngMs = Math.min(time.createdAt + YOUNG_CALL_MS - time.now, roomMs(time));
    return youngMs > 0 ? waitFor('answer', Math.min(FIRST_ANSWER_WAIT_MS, youngMs)) : giveUp('refused');
  }
  if (state !== 'waiting') return null;
  const ringsForMs = time.now - (record.attempts.at(-1)?.startedAt ?? time.now);
  return waitFor('answer', Math.min(LONGEST_ANSWER_WAIT_MS, Math.max(FIRST_ANSWER_WAIT_MS, ringsForMs / 4)));
}

/** What a refusal says; the fields of `UpdateCallError`. */
export interface Refusal {
  readonly code: Attempt['outcome'];
  readonly retryable: boolean;
  readonly callStateDecides: boolean;
  readonly httpStatus: number | null;
  readonly providerCode: string | null;
  readonly retryAfterMs: number | null;
}

/** A 4xx without a code that SignalWire documents may be a proxy's, or mean that the call is over. */
const isUncoded = ({ httpStatus, providerCode }: Refusal): boolean =>
  !isKnownCode(providerCode) && httpStatus !== null && httpStatus >= 400 && httpStatus < 500;

/** Whether the call must be read to know what the refusal means. */
export const mustReadAfter = (refusal: Refusal): boolean =>
  refusal.callStateDecides || (isUncoded(refusal) && refusal.code !== 'rate_limited');

/** Whether the refusal speaks of the project: the cancellation then waits for that, and uses up no attempt. */
export const stopsProject = ({ code }: Pick<Refusal, 'code'>): boolean =>
  code === 'rate_limited' || code === 'unauthorized';

/** What is known after an attempt that SignalWire did not accept. */
export interface RefusedFacts {
  readonly record: CancellationRecord;
  readonly refusal: Refusal;
  readonly isProven: boolean;
  readonly callState: KnownCallState;
  /** What the call's state decides, from `nextByCallState`. */
  readonly byCall: Next | null;
  /** SignalWire does not know the stream, and no earlier attempt may have stopped it. */
  readonly isStreamUnknown: boolean;
  /** What the project's gate says now; null where it is open, or was not asked. */
  readonly closedGate: Next | null;
}

/** What follows an attempt that SignalWire did not accept. */
export function nextAfterRefusal(facts: RefusedFacts, time: Time, limits: RetryLimits): Next {
  const { record, refusal } = facts;
  if (facts.isProven) return SUCCEED;
  if (facts.byCall !== null) return facts.byCall;
  if (facts.isStreamUnknown && facts.callState === 'in-progress') return giveUp('refused');
  if (facts.closedGate !== null) return facts.closedGate;
  if (stopsProject(refusal)) {
    const room = roomMs(time);
    const asked = Math.max(refusal.retryAfterMs ?? 0, STOPPED_WAIT_MS);
    return room > 0 ? waitFor('backoff', Math.min(asked, LONGEST_STOPPED_WAIT_MS, room)) : giveUp('deadline');
  }
  // Without a code of SignalWire's own, the refusal is final once the call was read and goes on.
  const isOpen = isUncoded(refusal) && facts.callState !== 'in-progress';
  return refusal.retryable || refusal.callStateDecides || isOpen
    ? planRetry(failuresOf(record), refusal.retryAfterMs, time, limits)
    : giveUp('refused');
}

/** What follows an accepted attempt once its evidence was awaited. */
export const nextAfterConfirmation = (
  record: CancellationRecord,
  isProven: boolean,
  time: Time,
  limits: RetryLimits,
): Next => (isProven ? SUCCEED : planRetry(failuresOf(record), null, time, limits));

/**
 * For how many milliseconds the evidence of an accepted last attempt is still awaited; null where the last one was not
 * accepted.
 */
export function msUnconfirmed(
  { attempts }: CancellationRecord,
  now: number,
  confirmationTimeoutMs: number,
): number | null {
  const last = attempts.at(-1);
  if (last?.outcome !== 'accepted') return null;
  return Math.max(0, last.startedAt + last.durationMs + confirmationTimeoutMs - now);
}

/**
 * For how many milliseconds another update of the call could come before the last attempt's document is fetched, and
 * undo it; 0 where it was fetched, or none is to come. An update that was refused with 5xx or cut off may have been
 * applied. SignalWire takes 2 s to connect and 5 s to read a document (`common-webhook-errors` in
 * https://github.com/signalwire/docs), which the default confirmation timeout covers.
 */
export function msUnfetched(record: CancellationRecord, now: number, confirmationTimeoutMs: number): number {
  const { attempts, documentFetchedAt, streamStoppedAt, callEnded } = record;
  const last = attempts.at(-1);
  if (last?.strategy !== 'update_call' || last.outcome === 'not_confirmed') return 0;
  if (documentFetchedAt !== null || streamStoppedAt !== null || callEnded) return 0;
  const fetchedBy = last.startedAt + last.durationMs + confirmationTimeoutMs;
  return mayHaveTakenEffect(last) ? Math.max(0, fetchedBy - now) : 0;
}

/**
 * For how many milliseconds an update whose answer was lost is not replaced, because its document may yet be fetched.
 */
export function msBeforeReplacing(
  record: CancellationRecord,
  time: Time,
  confirmationTimeoutMs: number,
): number {
  const last = record.attempts.at(-1);
  if (last === undefined || !isUnanswered(last)) return 0;
  return Math.min(msUnfetched(record, time.now, confirmationTimeoutMs), Math.max(0, roomMs(time)));
}
