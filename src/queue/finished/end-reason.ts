import type { Attempt, CancellationRecord, GiveUpReason, WaitingFor } from '../../cancellation/record.js';

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
 * Why a cancellation was given up, for people who look at its job: "expired: SignalWire answered 503 to the last of 5
 * attempts".
 */
export function endReason({ attempts, waitingFor }: CancellationRecord, reason: GiveUpReason): string {
  if (reason === 'withdrawn') return 'withdrawn';
  const status = reason === 'deadline' ? 'expired' : 'failed';
  const last = attempts.at(-1);
  if (last === undefined) {
    const why = waitingFor === null ? undefined : WAITED_FOR[waitingFor];
    return `${status}: it was never sent${why === undefined ? '' : `, because ${why}`}`;
  }
  const which = last.number === 1 ? 'the only attempt' : `the last of ${last.number} attempts`;
  return `${status}: ${whatBecameOf(last)} ${which}`;
}

function whatBecameOf({ outcome, httpStatus }: Attempt): string {
  if (outcome === 'accepted' || outcome === 'not_confirmed') return 'no evidence followed';
  if (httpStatus !== null) return `SignalWire answered ${httpStatus} to`;
  return UNANSWERED[outcome] ?? 'SignalWire gave no usable answer to';
}
