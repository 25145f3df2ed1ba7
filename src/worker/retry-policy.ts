import type { CancellationData } from '../cancellation/data.js';
import { hasArrived } from '../cancellation/record.js';
import type { CancellationRecord } from '../cancellation/record.js';
import { lastTryMs } from '../cancellation/time-left.js';
import type { ServiceEnvironment } from '../config/service.environment.js';
import type { SharedClock } from '../platform/redis/shared-clock.js';
import { giveUp } from './next.js';
import type { Next } from './next.js';

export interface RetryLimits {
  /** `Infinity` where only the deadline ends the retries. */
  readonly maxAttempts: number;
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
}

/** As the environment sets them. */
export const retryLimits = ({
  MAX_ATTEMPTS,
  BACKOFF_BASE_MS,
  BACKOFF_CAP_MS,
}: Pick<ServiceEnvironment, 'MAX_ATTEMPTS' | 'BACKOFF_BASE_MS' | 'BACKOFF_CAP_MS'>): RetryLimits => ({
  maxAttempts: MAX_ATTEMPTS ?? Infinity,
  backoffBaseMs: BACKOFF_BASE_MS,
  backoffCapMs: BACKOFF_CAP_MS,
});

/** A cancellation's time; epoch milliseconds. */
export interface Time {
  readonly now: number;
  readonly createdAt: number;
  readonly deadline: number;
}

/** By a clock, as it reads now. */
export const timeOf = (
  { createdAt, deadline }: Pick<CancellationData, 'createdAt' | 'deadline'>,
  clock: Pick<SharedClock, 'now'>,
): Time => ({ now: clock.now(), createdAt, deadline });

/** How many attempts have failed so far, 1 or more, and how many of them may have reached SignalWire. */
export interface Failures {
  readonly inAll: number;
  readonly arrived: number;
}

/** After an attempt that has just failed. */
export function failuresOf(record: CancellationRecord): Failures {
  const inAll = record.retries + 1;
  return { inAll, arrived: inAll - record.retriesUnarrived - (hasArrived(record) ? 0 : 1) };
}

/** How long before the next attempt can wait and still count; 0 or less where none can. */
export const roomMs = ({ now, createdAt, deadline }: Time): number =>
  deadline - lastTryMs(deadline - createdAt) - now;

/**
 * Capped exponential backoff with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), no shorter than SignalWire asks for, and
 * squeezed into the time that is left, so that the last attempt can still count.
 *
 * @param retryAfterMs what SignalWire asked for with its refusal
 * @param random from 0 up to but not including 1
 */
export function planRetry(
  failures: Failures,
  retryAfterMs: number | null,
  time: Time,
  limits: RetryLimits,
  random = Math.random(),
): Next {
  if (failures.arrived >= limits.maxAttempts) return giveUp('attempts');
  const room = roomMs(time);
  if (room <= 0) return giveUp('deadline');
  const ceiling = Math.min(limits.backoffCapMs, limits.backoffBaseMs * 2 ** (failures.inAll - 1));
  const wanted = Math.max(Math.floor(random * ceiling), retryAfterMs ?? 0);
  return { kind: 'retry', afterMs: Math.min(wanted, room) };
}
