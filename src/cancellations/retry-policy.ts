export interface RetryLimits {
  readonly maxAttempts: number;
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
}

/** What follows a failed attempt: another one after `delayMs`, or the end, for the reason that `giveUp` names. */
export type RetryPlan = { readonly delayMs: number } | { readonly giveUp: 'attempts' | 'deadline' };

/**
 * Capped exponential backoff with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), which ends at the deadline.
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
  const ceiling = Math.min(limits.backoffCapMs, limits.backoffBaseMs * 2 ** (attempt - 1));
  const delayMs = Math.round(random * ceiling);
  return delayMs < msLeft ? { delayMs } : { giveUp: 'deadline' };
}
