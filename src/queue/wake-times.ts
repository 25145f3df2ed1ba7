import type { RedisClient } from '../platform/redis/connection/client.js';
import { defineScript } from '../platform/redis/script.js';
import type { Script } from '../platform/redis/script.js';
import type { CancellationQueue } from './cancellations.queue.js';

/** Sorted set: the cancellations that were put to sleep, by when they are to start again. */
export const wakeTimesKey = (prefix: string): string => `${prefix}:wake-times`;

/**
 * Finds those that sleep longer than they should.
 *
 * Invariants: an entry stays until it is due and BullMQ has it no longer as a delayed job; whoever sleeps again
 * replaces it. Costs O(log n) per entry, ARGV[2] entries at most.
 *
 * KEYS wake times, BullMQ's delayed jobs. ARGV latest time (ms), how many.
 * Returns the ids of those that still sleep.
 */
const OVERSLEPT = `
local asleep = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
  if redis.call('ZSCORE', KEYS[2], id) then
    asleep[#asleep + 1] = id
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return asleep`;

/**
 * When sleeping cancellations start again, by the shared clock. BullMQ sorts delayed jobs by the clock of the machine
 * that put them to sleep, and starts them by the clock of the machine that looks; either may be wrong.
 */
export class WakeTimes {
  private readonly script: Script<string[]>;
  private readonly key: string;

  constructor(
    private readonly queue: CancellationQueue,
    private readonly redis: RedisClient,
  ) {
    this.key = wakeTimesKey(queue.opts.prefix ?? '');
    this.script = defineScript(redis, 'streamstopOverslept', OVERSLEPT);
  }

  /** @param at epoch milliseconds, by the shared clock */
  async set(cancellationId: string, at: number): Promise<void> {
    await this.redis.zadd(this.key, at, cancellationId);
  }

  /** The ids of those that should have started by `latest`, and sleep. */
  overslept(latest: number, most: number): Promise<string[]> {
    return this.script([this.key, this.queue.toKey('delayed')], latest, most);
  }
}
