import type { RedisClient } from '../platform/redis/connection/client.js';
import type { CancellationQueue } from './cancellations.queue.js';

/**
 * Reads BullMQ's private keys, because BullMQ has no public way to ask how many delayed jobs are overdue, or which jobs
 * have finished since a time, other than to fetch them all, and none to ask who has a job.
 * `bullmq-layout.integration.ts` fails when the layout changes.
 */

/** The key of a job's lock, which holds the token of the worker that has the job. */
export const lockKey = (queue: CancellationQueue, id: string): string => queue.toKey(`${id}:lock`);

/** BullMQ sorts delayed jobs by their due time in milliseconds times this, plus a sequence number. */
const DELAYED_SCORE_FACTOR = 0x1000;

/** How many delayed jobs were due at `epochMs`. */
export const countDelayedDueBy = (
  redis: RedisClient,
  queue: CancellationQueue,
  epochMs: number,
): Promise<number> => redis.zcount(queue.toKey('delayed'), 0, epochMs * DELAYED_SCORE_FACTOR);

export type FinishedState = 'completed' | 'failed';

/** How many jobs have ended in a state at `epochMs` or later, and are still kept. */
export const countEndedSince = (
  redis: RedisClient,
  queue: CancellationQueue,
  state: FinishedState,
  epochMs: number,
): Promise<number> => redis.zcount(queue.toKey(state), epochMs, '+inf');

/** So many ended jobs of a state are looked at: a thousand per second for 10 s. */
const MOST_ENDED = 10_000;

/**
 * The ids of jobs that ended in a state from `from` until before `to`, the earliest first, and are still kept; 10,000
 * at most.
 */
export const endedBetween = (
  redis: RedisClient,
  queue: CancellationQueue,
  state: FinishedState,
  from: number,
  to: number,
): Promise<string[]> => redis.zrangebyscore(queue.toKey(state), from, `(${to}`, 'LIMIT', 0, MOST_ENDED);

/** Why a job failed; null if it is gone by now. BullMQ would read the whole job. */
export const failedReasonOf = (
  redis: RedisClient,
  queue: CancellationQueue,
  id: string,
): Promise<string | null> => redis.hget(queue.toKey(id), 'failedReason');

/** The ids of jobs that had ended in a state at `epochMs`, the earliest first, without the first `skipped`. */
export const endedBy = (
  redis: RedisClient,
  queue: CancellationQueue,
  state: FinishedState,
  epochMs: number,
  limit: number,
  skipped = 0,
): Promise<string[]> => redis.zrangebyscore(queue.toKey(state), 0, epochMs, 'LIMIT', skipped, limit);

/**
 * When the first of the jobs, without the first `skipped`, ended that ended in a state and are still kept; infinity if
 * there is none.
 */
export async function firstEndedAt(
  redis: RedisClient,
  queue: CancellationQueue,
  state: FinishedState,
  skipped: number,
): Promise<number> {
  const [, score] = await redis.zrange(queue.toKey(state), String(skipped), String(skipped), 'WITHSCORES');
  return Number(score ?? Infinity);
}
