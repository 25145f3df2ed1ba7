import type { ChainableCommander, Redis } from 'ioredis';

/** More streams of one call are not remembered; they are stopped by their names. */
export const MAX_KNOWN_STREAMS = 100;

/** The same where nothing shows that it was SignalWire who told of them. */
export const MAX_UNSIGNED_STREAMS = 20;

const KEPT_MS = 86_400_000;

/** A stream as its status callbacks name it. */
export interface StreamNaming {
  /** `callKey` of `cancellations.queue.ts`. */
  readonly callKey: string;
  readonly streamName: string;
  readonly streamSid: string;
}

/** The SIDs of a call's streams by their names, each behind the time of its start. */
export const knownStreamsKey = (prefix: string, callKey: string): string => `${prefix}:streams:${callKey}`;

/** The SIDs of those that are over: what is told late of their start counts no more. */
export const endedStreamsKey = (prefix: string, callKey: string): string =>
  `${prefix}:streams-ended:${callKey}`;

/**
 * KEYS known, ended. ARGV name, SID, when it started, most streams, how long they are kept (ms).
 * Of two streams with one name the one that started later is meant.
 */
const LEARN = `
if redis.call('ZSCORE', KEYS[2], ARGV[2]) then return end
local kept = redis.call('HGET', KEYS[1], ARGV[1])
if kept then
  if tonumber(string.match(kept, '^%d+')) > tonumber(ARGV[3]) then return end
elseif redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then
  return
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[5])`;

/** KEYS known, ended. ARGV name, SID, when it ended, most streams, how long they are kept (ms). */
const FORGET = `
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - tonumber(ARGV[4]))
redis.call('PEXPIRE', KEYS[2], ARGV[5])
local kept = redis.call('HGET', KEYS[1], ARGV[1])
if kept and string.match(kept, ' (.*)$') == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end`;

/**
 * @param at epoch milliseconds
 * @param most how many streams of the call are remembered
 */
export const learn = (
  commands: ChainableCommander,
  prefix: string,
  stream: StreamNaming,
  at: number,
  most: number,
) => evaluate(LEARN, commands, prefix, stream, at, most);

/**
 * @param at epoch milliseconds
 * @param most how many streams of the call are remembered
 */
export const forget = (
  commands: ChainableCommander,
  prefix: string,
  stream: StreamNaming,
  at: number,
  most: number,
) => evaluate(FORGET, commands, prefix, stream, at, most);

function evaluate(
  script: string,
  commands: ChainableCommander,
  prefix: string,
  { callKey, streamName, streamSid }: StreamNaming,
  at: number,
  most: number,
): ChainableCommander {
  const keys = [knownStreamsKey(prefix, callKey), endedStreamsKey(prefix, callKey)];
  return commands.eval(script, keys.length, ...keys, streamName, streamSid, at, most, KEPT_MS);
}

/** The SIDs of a call's running streams by their names, in the order in which they started. */
export async function knownStreams(
  redis: Redis,
  prefix: string,
  callKey: string,
): Promise<ReadonlyMap<string, string>> {
  const kept = Object.entries(await redis.hgetall(knownStreamsKey(prefix, callKey)));
  const parsed = kept.map(([name, value]) => ({ name, at: parseInt(value, 10), sid: knownSid(value) }));
  return new Map(parsed.toSorted((a, b) => a.at - b.at).map(({ name, sid }) => [name, sid]));
}

/** The SID in what is kept of a stream. */
export const knownSid = (kept: string): string => kept.slice(kept.indexOf(' ') + 1);

/** `Timestamp` of https://signalwire.com/docs/compatibility-api/cxml/voice/stream. */
const ISO_8601 = /^\d{4}-\d\d-\d\dT[\d:.]{5,20}(?:Z|[+-]\d\d:?\d\d)$/;

/** A clock that is further ahead than this tells nothing. */
const MAX_AHEAD_MS = 60_000;

/** When an event happened, in epoch milliseconds: by its timestamp where that is valid, else now. */
export function eventTime(timestamp: string | null, now: number): number {
  const at = timestamp !== null && ISO_8601.test(timestamp) ? Date.parse(timestamp) : NaN;
  return at > now - KEPT_MS && at < now + MAX_AHEAD_MS ? at : now;
}
