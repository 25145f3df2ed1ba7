import type { Redis } from 'ioredis';
import { defineScript } from '../platform/redis/script.js';

/** One step for Redis; its `SET … NX GET` needs version 7. */
const CLAIM = `
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
return redis.call('GET', KEYS[1])
`;

/**
 * Sets `key` for `ttlMs` unless it is set: of several that claim it at once, one wins.
 *
 * @returns what the key holds from now on: `value`, or that of an earlier claim
 */
export type Claiming = (key: string, value: string, ttlMs: number) => Promise<string>;

export function claiming(redis: Redis): Claiming {
  const claim = defineScript<string>(redis, 'streamstopClaim', CLAIM);
  return (key, value, ttlMs) => claim([key], value, ttlMs);
}
