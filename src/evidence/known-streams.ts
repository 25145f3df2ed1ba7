import type { ChainableCommander } from 'ioredis';
import type { RedisClient } from '../platform/redis/connection/client.js';

/** Per call. If there are more, the oldest are forgotten and stopped by name instead. */
export const MAX_KNOWN_STREAMS = 100;

/** How long a stream stays known after its start: the callback for its end may never come. */
export const KNOWN_FOR_MS = 86_400_000;

/** A stream as its status callbacks name it. */
export interface StreamNaming {
  /** From `callKey` of `cancellation/keys.ts`. */
  readonly callKey: string;
  readonly streamName: string;
  readonly streamSid: string;
}

/** Hash: the name of each running stream of a call, with the time of its start and its SID. */
export const knownStreamsKey = (prefix: string, callKey: string): string => `${prefix}:streams:${callKey}`;

/** Sorted set: the SIDs of streams that ended, so that a late callback for their start is ignored. */
export const endedStreamsKey = (prefix: string, callKey: string): string =>
  `${prefix}:streams-ended:${callKey}`;

/**
 * Invariants: a stream that ended is never learned again, at most ARGV[4] streams are known, and every key expires.
 *
 * KEYS known, ended. ARGV name, SID, time of the start, maximum number of streams, lifetime (ms).
 * Of two streams with the same name, the later one wins. Streams past their lifetime are dropped.
 */
const LEARN = `
if redis.call('ZSCORE', KEYS[2], ARGV[2]) then return end
local at = tonumber(ARGV[3])
local kept = redis.call('HGETALL', KEYS[1])
local others, oldest, oldestAt = 0, nil, nil
for i = 1, #kept, 2 do
  local startedAt = tonumber(string.match(kept[i + 1], '^%d+'))
  if kept[i] == ARGV[1] then
    if startedAt > at then return end
  elseif startedAt <= at - tonumber(ARGV[5]) then
    redis.call('HDEL', KEYS[1], kept[i])
  else
    others = others + 1
    if not oldest or startedAt < oldestAt then oldest, oldestAt = kept[i], startedAt end
  end
end
if others >= tonumber(ARGV[4]) then
  if oldestAt > at then return end
  redis.call('HDEL', KEYS[1], oldest)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[5])`;

/**
 * Invariant: once an end is known, the stream is not, in whatever order its callbacks come.
 *
 * KEYS known, ended. ARGV SID, time of the end, maximum number of streams, lifetime (ms).
 */
const FORGET = `
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - tonumber(ARGV[3]))
redis.call('PEXPIRE', KEYS[2], ARGV[4])
local kept = redis.call('HGETALL', KEYS[1])
for i = 1, #kept, 2 do
  if string.match(kept[i + 1], ' (.*)$') == ARGV[1] then redis.call('HDEL', KEYS[1], kept[i]) end
end`;

/**
 * Adds to `commands`: this stream started.
 *
 * @param at epoch milliseconds
 */
export function learn(
  commands: ChainableCommander,
  prefix: string,
  { callKey, streamName, streamSid }: StreamNaming,
  at: number,
): ChainableCommander {
  const keys = keysOf(prefix, callKey);
  return commands.eval(
    LEARN,
    keys.length,
    ...keys,
    streamName,
    streamSid,
    at,
    MAX_KNOWN_STREAMS,
    KNOWN_FOR_MS,
  );
}

/**
 * Adds to `commands`: this stream ended.
 *
 * @param at epoch milliseconds
 */
export function forget(
  commands: ChainableCommander,
  prefix: string,
  { callKey, streamSid }: Pick<StreamNaming, 'callKey' | 'streamSid'>,
  at: number,
): ChainableCommander {
  const keys = keysOf(prefix, callKey);
  return commands.eval(FORGET, keys.length, ...keys, streamSid, at, MAX_KNOWN_STREAMS, KNOWN_FOR_MS);
}

const keysOf = (prefix: string, callKey: string) => [
  knownStreamsKey(prefix, callKey),
  endedStreamsKey(prefix, callKey),
];

/**
 * The SIDs of a call's running streams by name, in the order in which they started.
 *
 * @param now epoch milliseconds
 */
export async function knownStreams(
  redis: RedisClient,
  prefix: string,
  callKey: string,
  now: number,
): Promise<ReadonlyMap<string, string>> {
  const kept = Object.entries(await redis.hgetall(knownStreamsKey(prefix, callKey)));
  const parsed = kept
    .map(([name, value]) => ({ name, at: parseInt(value, 10), sid: knownSid(value) }))
    .filter(({ at }) => at > now - KNOWN_FOR_MS);
  return new Map(parsed.toSorted((a, b) => a.at - b.at).map(({ name, sid }) => [name, sid]));
}

/** The SID in a value of the hash. */
export const knownSid = (kept: string): string => kept.slice(kept.indexOf(' ') + 1);

/** `Timestamp` of https://signalwire.com/docs/compatibility-api/cxml/voice/stream. */
const ISO_8601 = /^\d{4}-\d\d-\d\dT[\d:.]{5,20}(?:Z|[+-]\d\d:?\d\d)$/;

const MAX_AGE_MS = 86_400_000;
const MAX_AHEAD_MS = 300_000;

/**
 * When an event happened, in epoch milliseconds: now, if it has no valid timestamp. Null if the timestamp is older than
 * a day or more than five minutes ahead: then this is a callback of another time, sent again by somebody who has seen
 * it.
 */
export function eventTime(timestamp: string | null, now: number): number | null {
  const at = timestamp !== null && ISO_8601.test(timestamp) ? Date.parse(timestamp) : NaN;
  if (Number.isNaN(at)) return now;
  return at >= now - MAX_AGE_MS && at <= now + MAX_AHEAD_MS ? at : null;
}

/** How far SignalWire's clock may differ from ours. Its timestamps may also be in whole seconds. */
const CLOCKS_APART_MS = 30_000;

/**
 * The latest time at which an event reported now can have happened, in epoch milliseconds.
 *
 * @param at from `eventTime`
 */
export const latestEventTime = (at: number, now: number): number => Math.min(now, at + CLOCKS_APART_MS);
