import type { Redis } from 'ioredis';
import type { CancellationQueue } from './cancellations.queue.js';

/**
 * BullMQ orders delayed jobs by their due time in milliseconds times this, plus a sequence number. The public API lists delayed jobs
 * only with all of their data; `overdue-jobs.integration.ts` fails when the layout changes.
 */
export const DELAYED_SCORE_FACTOR = 0x1000;

/** The ids of delayed jobs that were due at `latest` (epoch milliseconds) and that no worker has started, oldest first. */
export const overdueJobs = (
  redis: Redis,
  queue: CancellationQueue,
  latest: number,
  most: number,
): Promise<string[]> =>
  redis.zrangebyscore(queue.toKey('delayed'), 0, latest * DELAYED_SCORE_FACTOR, 'LIMIT', 0, most);
