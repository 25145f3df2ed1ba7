import type { RedisClient } from '../connection/client.js';
import { refusingScripts } from '../redis.errors.js';

/** BullMQ's scripts build the names of most keys that they touch, as this one does, with the same `{…}` in each. */
const PROBE = `return redis.call('EXISTS', ARGV[1])`;

/** Dragonfly's words. https://www.dragonflydb.io/docs/managing-dragonfly/scripting */
const REFUSED = /undeclared key/;

/** @throws {UnusableRedisError} scripts may only touch keys that they declare, as in Dragonfly by default */
export async function requireUndeclaredKeys(redis: RedisClient, prefix: string): Promise<void> {
  try {
    await redis.eval(PROBE, 1, `${prefix}:rights`, `${prefix}:data`);
  } catch (error) {
    throw REFUSED.test((error as Error).message) ? refusingScripts() : error;
  }
}
