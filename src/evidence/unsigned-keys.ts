import type { ChainableCommander } from 'ioredis';

/**
 * How many keys are kept of what status callbacks said that nothing shows to be SignalWire's: a full Redis takes no
 * cancellations, and a stranger is not to fill it. With 20 streams of the longest names each, 5000 calls take about 110 MB.
 */
export const MAX_UNSIGNED_KEYS = { known: 5000, over: 10_000 };

/** `known`: the running streams of a call; `over`: what is known of streams that came to an end. */
export type UnsignedKind = keyof typeof MAX_UNSIGNED_KEYS;

/** The longest that any of the keys is kept. */
const KEPT_MS = 86_400_000;

/** The keys that were written, by when that was last. */
export const unsignedIndex = (prefix: string, kind: UnsignedKind): string => `${prefix}:unsigned:${kind}`;

/** KEYS index, a key that was written just now. ARGV epoch milliseconds, most keys, how long the index is kept (ms). */
const MAKE_ROOM = `
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('ZADD', KEYS[1], ARGV[1], KEYS[2])
else
  redis.call('ZREM', KEYS[1], KEYS[2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local surplus = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[2])
if surplus <= 0 then return end
local oldest = redis.call('ZPOPMIN', KEYS[1], surplus)
for i = 1, #oldest, 2 do redis.call('UNLINK', oldest[i]) end`;

/**
 * After `key` was written: where there are too many of its kind, those that were written longest ago go.
 *
 * @param now epoch milliseconds
 */
export function makeRoom(
  commands: ChainableCommander,
  prefix: string,
  kind: UnsignedKind,
  key: string,
  now: number,
): ChainableCommander {
  return commands.eval(MAKE_ROOM, 2, unsignedIndex(prefix, kind), key, now, MAX_UNSIGNED_KEYS[kind], KEPT_MS);
}
