import type { Redis } from 'ioredis';
import { redisFailure } from './redis-failure.js';
import { outageOf } from './redis-outage.js';
import { requireRights } from './redis-rights.js';

/** How long the key lives that is written to find out. */
const KEPT_MS = 1000;

/**
 * Does what a request needs from Redis: has every right, runs scripts, and writes.
 *
 * @returns true
 * @throws {Error} in words for people
 */
export async function takesWrites(redis: Redis, url: string, prefix: string): Promise<true> {
  if (redis.status !== 'ready') throw new Error(outageOf(url).reason);
  try {
    await requireRights(redis, prefix);
    await redis.set(`${prefix}:written`, '', 'PX', KEPT_MS);
    return true;
  } catch (error) {
    throw new Error(redisFailure(url, error as Error), { cause: error });
  }
}
