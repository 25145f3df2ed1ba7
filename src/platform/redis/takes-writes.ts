import type { RedisClient } from './connection/client.js';
import { redisFailure } from './connection/redis-failure.js';
import { outageOf } from './connection/redis-outage.js';
import { requireRights } from './redis-rights.js';
import type { RedisTarget } from './connection/redis-target.js';

/** How long the key lives that is written to find out. */
const KEPT_MS = 1000;

/**
 * Does what a request needs from Redis: has every right, runs scripts, and writes.
 *
 * @returns true
 * @throws {Error} in words for people
 */
export async function takesWrites(redis: RedisClient, target: RedisTarget, prefix: string): Promise<true> {
  if (redis.status !== 'ready') throw new Error(outageOf(target).reason);
  try {
    await requireRights(redis, prefix);
    await redis.set(`${prefix}:written`, '', 'PX', KEPT_MS);
    return true;
  } catch (error) {
    throw new Error(redisFailure(target, error as Error), { cause: error });
  }
}
