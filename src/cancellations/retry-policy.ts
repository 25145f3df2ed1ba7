import type { GiveUpReason } from './cancellations.queue.js';

export interface RetryLimits {
  readonly maxAttempts: number;
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
}

/** What follows a failed attempt: another one after `delayMs`, or the end, for the reason that `giveUp` names. */
export type RetryPlan = { readonly delayMs: number } | { readonly giveUp: Exclude<GiveUpReason, 'refused'> };

/**
 * Capped exponential backoff with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), squeezed into the time that is left.
 *
 * @param attempt how many attempts have been made, 1 or more
 * @param msLeft until the deadline
 * @param random from 0 up to but not including 1
 */
export function planRetry(
  attempt: number,
  msLeft: number,
  limits: RetryLimits,
  random = Math.random(),
): RetryPlan {
  if (attempt >= limits.maxAttempts) return { giveUp: 'attempts' };
  if (msLeft <= 0) return { giveUp: 'deadline' };
  const ceiling = Math.min(limits.backoffCapMs, limits.backoffBaseMs * 2 ** (attempt - 1), msLeft);
  return { delayMs: Math.floor(random * ceiling) };
}
