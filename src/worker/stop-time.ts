import { stoppedAt } from '../cancellation/proof.js';
import type { CancellationRecord } from '../cancellation/record.js';
import { evidenceIn } from '../cancellation/view.js';

/** How a cancellation ended; times are epoch milliseconds. */
export interface End {
  readonly status: 'succeeded' | 'failed' | 'expired' | 'withdrawn';
  readonly record: CancellationRecord;
  readonly createdAt: number;
  readonly deadline: number;
  readonly endedAt: number;
}

/** What the service promises of a stop, from its acceptance on. */
export const OBJECTIVES = ['within_1s', 'within_deadline'] as const;
export type Objective = (typeof OBJECTIVES)[number];

const SOON_MS = 1000;

/**
 * For how many ms the stream went on after its stop was accepted. Where nothing shows that it stopped, that is at least
 * the time until the cancellation ended; where the call ended, at most. A fetch shows nothing where the cancellation
 * failed. Once it is withdrawn, nobody wants the stop any more.
 */
export function leakedMs({ status, record, createdAt, endedAt }: End): number {
  if (status === 'withdrawn') return 0;
  const shownAt = record.streamStoppedAt ?? (status === 'succeeded' ? stoppedAt(record) : null);
  return Math.max(0, (shownAt ?? endedAt) - createdAt);
}

/**
 * Whether the stop came in time; null where there was nothing to stop: it was withdrawn, or the call was over or
 * unknown. Where acceptance is all that the project requires, it counts as the stop.
 */
export function isMet(objective: Objective, end: End): boolean | null {
  const { status, record, createdAt, deadline, endedAt } = end;
  if (status === 'withdrawn' || evidenceIn(record) === 'call_ended') return null;
  if (status === 'failed' && record.attempts.at(-1)?.outcome === 'call_not_found') return null;
  if (status !== 'succeeded') return false;
  const at = stoppedAt(record) ?? record.acceptedAt ?? endedAt;
  return objective === 'within_1s' ? at - createdAt <= SOON_MS : at <= deadline;
}
