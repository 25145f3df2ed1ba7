import type { Level } from './observed.js';

/** How many failures are more than bad luck. */
export const MANY_FAILURES = 3;

/** After so long a wait for a worker, most deadlines are near. */
export const LONG_BACKLOG_MS = 30_000;

/** What keeps stops from their calls. */
export interface Damage {
  /** Whether something is known to let nothing through. */
  readonly isStopped: boolean;
  /** Of the cancellations that ended in the last five minutes. */
  readonly failed: number;
  readonly ended: number;
  /** How long the first cancellation that could start has waited for a worker. */
  readonly longestWaitMs: number;
  /** How many things are wrong. */
  readonly troubles: number;
}

/** By the damage alone: a cause that is known does not make it smaller. */
export function levelOf({ isStopped, failed, ended, longestWaitMs, troubles }: Damage): Level {
  const isMostLost = failed >= MANY_FAILURES && failed * 2 >= ended;
  if (isStopped || isMostLost || longestWaitMs >= LONG_BACKLOG_MS) return 'failing';
  return troubles > 0 ? 'degraded' : 'ok';
}
