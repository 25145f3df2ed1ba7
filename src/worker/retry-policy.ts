import type { GiveUpReason } from '../cancellation/record.js';

export interface RetryLimits {
  readonly maxAttempts: number;
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
}

/** What is left of a cancellation's time, in milliseconds. */
export interface TimeLeft {
  readonly untilDeadlineMs: number;
  /** How long before the deadline an attempt has to start so that it can still count. */
  readonly lastTryMs: number;
  /** What SignalWire asked for with its refusal. */
  readonly retryAfterMs: number | null;
}

/** What follows a failed attempt: another one after `delayMs`, or the end, for the reason that `giveUp` names. */
export type RetryPlan = { readonly delayMs: number } | { readonly giveUp: Exclude<GiveUpReason, 'refused'> };

/** The POST, SignalWire's fetch and its evidence take a second together unless something is slow. */
const LAST_TRY_MS = 1000;

/** How long before the deadline the last attempt starts, of a cancellation that has `totalMs` in all. */
export const lastTryMs = (totalMs: number): number => Math.min(LAST_TRY_MS, Math.floor(totalMs / 4));

/**
 * Capped exponential backoff with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), no shorter than SignalWire asks for, and
 * squeezed into the time that is left, so that the last attempt can still count.
 *
 * @param attempt how many attempts have been made, 1 or more
 * @param random from 0 up to but not including 1
 */
export function planRetry(
  attempt: number,
  time: TimeLeft,
  limits: RetryLimits,
  random = Math.random(),
): RetryPlan {
  if (attempt >= limits.maxAttempts) return { giveUp: 'attempts' };
  const room = time.untilDeadlineMs - time.lastTryMs;
  if (room <= 0) return { giveUp: 'deadline' };
  const ceiling = Math.min(limits.backoffCapMs, limits.backoffBaseMs * 2 ** (attempt - 1));
  const wanted = Math.max(Math.floor(random * ceiling), time.retryAfterMs ?? 0);
  return { delayMs: Math.min(wanted, room) };
}
