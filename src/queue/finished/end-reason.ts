import { failureOf } from '../../cancellation/view.js';
import type { Attempt, CancellationRecord, GiveUpReason } from '../../cancellation/record.js';
import type { FailureCode, WaitingFor } from '../../cancellation/vocabulary.js';

/** What became of the last attempt, where SignalWire answered with no HTTP status. */
const UNANSWERED: Partial<Record<Attempt['outcome'], string>> = {
  timeout: 'no answer came to',
  unreachable: 'SignalWire was out of reach for',
};

const WAITED_FOR: Partial<Record<WaitingFor, string>> = {
  paused: 'an operator had paused its project',
  call: 'another update of its call was under way',
  report: 'another update of its call was under way',
  answer: 'its call was not answered',
  rate: "the project's rate limit was used up",
  throttled: 'SignalWire throttled the project',
  unauthorized: "SignalWire refused the project's credentials",
  unavailable: 'SignalWire was unavailable',
  undelivered: "SignalWire did not fetch the project's documents",
  delivery: "no fetch showed that SignalWire can reach the project's documents",
  configuration: 'its project is not configured',
};

/**
 * Why a cancellation was given up, for people who look at its job, with the code of its failure: "expired: SignalWire
 * answered 503 to the last of 5 attempts (provider_error)".
 */
export function endReason(record: CancellationRecord, reason: GiveUpReason): string {
  if (reason === 'withdrawn') return 'withdrawn';
  const status = reason === 'deadline' ? 'expired' : 'failed';
  const { code } = failureOf({ ...record, givenUp: reason }, null);
  return `${status}: ${whatHappened(record, reason)} (${code ?? 'none'})`;
}

function whatHappened({ attempts, waitingFor }: CancellationRecord, reason: GiveUpReason): string {
  const last = attempts.at(-1);
  if (last === undefined && reason === 'refused') return 'SignalWire does not know the call';
  if (last === undefined) {
    const why = waitingFor === null ? undefined : WAITED_FOR[waitingFor];
    return `it was never sent${why === undefined ? '' : `, because ${why}`}`;
  }
  const which = last.number === 1 ? 'the only attempt' : `the last of ${last.number} attempts`;
  return `${whatBecameOf(last)} ${which}`;
}

function whatBecameOf({ outcome, httpStatus }: Attempt): string {
  if (outcome === 'accepted' || outcome === 'not_confirmed') return 'no evidence followed';
  if (httpStatus !== null) return `SignalWire answered ${httpStatus} to`;
  return UNANSWERED[outcome] ?? 'SignalWire gave no usable answer to';
}

/** The status and the code that `endReason` gives; those of a job that BullMQ itself has ended. */
export function endOf(text: string): { status: 'failed' | 'expired'; code: FailureCode | 'none' } {
  const { status, code } = END_REASON.exec(text)?.groups ?? {};
  return status === undefined
    ? { status: 'failed', code: 'poisoned' }
    : ({ status, code } as ReturnType<typeof endOf>);
}

const END_REASON = /^(?<status>failed|expired): .* \((?<code>\w+)\)$/;
