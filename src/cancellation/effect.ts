import type { Attempt, CancellationRecord, GiveUpReason } from './record.js';

/** Outcomes that leave open whether the request was carried out. A 5xx may come from a gateway that lost the answer. */
const LEFT_OPEN: ReadonlySet<Attempt['outcome']> = new Set<Attempt['outcome']>([
  'accepted',
  'not_confirmed',
  'provider_error',
  'timeout',
  'unreachable',
  'invalid_response',
]);

/** Whether SignalWire may have carried out the request of an attempt. */
export const mayHaveTakenEffect = ({ outcome, mayHaveArrived }: Attempt): boolean =>
  mayHaveArrived && LEFT_OPEN.has(outcome);

/** Whether an attempt may have taken effect while its answer was lost, or says nothing. */
export const isUnanswered = (attempt: Attempt): boolean =>
  mayHaveTakenEffect(attempt) &&
  (attempt.outcome === 'timeout' || attempt.outcome === 'unreachable' || isUnreadable(attempt));

const isUnreadable = ({ outcome, httpStatus }: Attempt): boolean =>
  outcome === 'invalid_response' && (httpStatus === null || httpStatus < 300);

/**
 * Whether the call ended after an accepted update whose document nobody had fetched: the update itself may have dropped
 * the caller. Not where the answer that accepted it says that the call is over, nor where fetches cannot be seen.
 */
export const endedAfterUpdate = ({
  attempts,
  callEnded,
  documentFetchedAt,
  streamStoppedAt,
  isDocumentElsewhere,
}: CancellationRecord): boolean =>
  callEnded &&
  documentFetchedAt === null &&
  streamStoppedAt === null &&
  !isDocumentElsewhere &&
  attempts.some(
    ({ strategy, outcome }, index) =>
      strategy === 'update_call' &&
      (outcome === 'not_confirmed' || (outcome === 'accepted' && index < attempts.length - 1)),
  );

/**
 * Until when an attempt may still take effect, so that a cancellation is not given up before; epoch milliseconds, 0
 * where none may. After its deadline only an accepted attempt is worth waiting for. Where `MAX_ATTEMPTS` or a refusal
 * ends the retries, evidence is awaited for as long as after an acceptance.
 */
export function awaitedUntil(
  { attempts }: Pick<CancellationRecord, 'attempts'>,
  reason: GiveUpReason,
  deadline: number,
  confirmationTimeoutMs: number,
): number {
  const last = attempts.findLast(mayHaveTakenEffect);
  if (last === undefined) return 0;
  const confirmedBy = last.startedAt + last.durationMs + confirmationTimeoutMs;
  if (last.outcome === 'accepted')
    return reason === 'deadline' ? Math.max(deadline, confirmedBy) : confirmedBy;
  return reason === 'deadline' ? deadline : Math.min(deadline, confirmedBy);
}
