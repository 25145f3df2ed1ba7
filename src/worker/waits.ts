import type { Attempt, WaitingFor } from '../cancellation/record.js';

/** How soon a cancellation looks again whether its call's other update is over; the nearest ones are also told. */
export const LANE_WAIT_MS = 500;

/** So many of one call look that often: more would keep Redis from anything else. */
const OFTEN_LOOKING = 50;

/** @param ahead how many of the call are older */
export const laneWaitMs = (ahead: number): number => LANE_WAIT_MS * (1 + Math.floor(ahead / OFTEN_LOOKING));

/** How long one whose stream SignalWire does not know by its SID waits for the others of its request; it is also told. */
export const SIBLINGS_WAIT_MS = 2000;

export const CONFIGURATION_WAIT_MS = 5000;

/** After an answer that would stop the project, of one that works all the same. */
export const STOPPED_WAIT_MS = 1000;
export const LONGEST_STOPPED_WAIT_MS = 60_000;

/** A job that starts so much before its time was started by a machine whose clock is wrong. */
export const EARLY_MS = 250;

/** Waits that nobody cuts short on purpose. */
export const IS_TIMED: ReadonlySet<WaitingFor | null> = new Set<WaitingFor | null>([
  'backoff',
  'answer',
  'rate',
]);

/** Outcomes with which the project, not the cancellation, has to wait. */
export const STOPS_PROJECT: ReadonlySet<Attempt['outcome']> = new Set(['rate_limited', 'unauthorized']);

/** Outcomes of an attempt, sent for several cancellations, after which each plans its own retry. */
export const IS_RETRIED: ReadonlySet<Attempt['outcome']> = new Set([
  'not_confirmed',
  'provider_error',
  'timeout',
  'unreachable',
  'invalid_response',
]);

/** What has not been sent yet, and waits for one of these, stays ahead of what is tried again. */
export const STAYS_FRESH: ReadonlySet<WaitingFor | null> = new Set<WaitingFor | null>(['call', 'rate']);

/**
 * How long the evidence of an accepted attempt is awaited before the job is told of the acceptance: most comes sooner, and ends
 * it. A worker that is killed meanwhile leaves an attempt whose answer is not known.
 */
export const SOON_MS = 100;
