import { Cluster, ReplyError } from 'ioredis';
import type { RedisClient } from './connection/client.js';
import { withoutRights } from './redis.errors.js';

/**
 * Every command that the service or BullMQ sends, alone or in scripts. `docs/operations.md` has the same list as an ACL
 * rule.
 */
export const COMMANDS: readonly string[] = `
  bzpopmin client|setname del eval evalsha exec exists get getbit getrange hdel hexists hget hgetall hincrby hlen hmget hmset
  hset hsetnx hvals incr incrby info lindex llen lpop lpos lpush lrange lrem ltrim mget multi persist pexpire
  pexpireat ping pttl publish rpop rpoplpush rpush sadd scard set setbit setrange sismember smembers srem subscribe
  time type unlink xadd xrange xread xrevrange xtrim zadd zcard zcount zpopmin zrandmember zrange zrangebylex zrangebyscore zrank zrem
  zremrangebyrank zremrangebyscore zrevrange zrevrangebyscore zscore`
  .trim()
  .split(/\s+/);

/** Follows a slot that moves. What finds the nodes of a cluster is needed before anything can be asked. */
const ASKING = 'asking';

/**
 * Returns the commands that the user may not send. Redis 8 only answers for as many arguments as a command takes. Redis
 * 6.2 cannot be asked.
 *
 * KEYS any key of the service, which Redis also takes for a channel. ARGV the commands.
 */
const DENIED = `
local check, denied, key = redis.acl_check_cmd, {}, KEYS[1]
if not check then return denied end
local function may(command, sub)
  for count = 3, 0, -1 do
    local isAsked, answer = pcall(check, command, unpack({sub, key, key}, 1, count))
    if isAsked then return answer end
  end
  return true
end
for _, name in ipairs(ARGV) do
  local command, sub = string.match(name, '^([^|]+)|?(.*)$')
  if not may(command, sub == '' and key or sub) then denied[#denied + 1] = name end
end
return denied`;

/** @throws {UnusableRedisError} the user lacks a right that the service needs; the message names it */
export async function requireRights(redis: RedisClient, prefix: string): Promise<void> {
  const key = `${prefix}:rights`;
  const keys = await refusalOf(redis.eval('return 1', 1, key), '+eval', `~${prefix}:*`);
  if (keys !== null) throw withoutRights([await narrowed(keys, redis, key, prefix)]);
  const channels = await refusalOf(redis.publish(key, ''), '+publish', `&${prefix}:*`);
  const needed = redis instanceof Cluster ? [...COMMANDS, ASKING] : COMMANDS;
  const denied = (await redis.eval(DENIED, 1, key, ...needed)) as string[];
  // Without its channel, neither is permitted.
  const commands = denied.filter(
    (command) => command !== 'publish' && (channels === null || command !== 'subscribe'),
  );
  const lacking = [...commands.map((command) => `+${command}`), ...(channels === null ? [] : [channels])];
  if (lacking.length > 0) throw withoutRights(lacking);
}

/** A user that may read the keys lacks only the right to write them: EVAL needs both. */
async function narrowed(right: string, redis: RedisClient, key: string, prefix: string): Promise<string> {
  if (right === '+eval') return right;
  return (await refusalOf(redis.exists(key), right, right)) === null ? `%W~${prefix}:*` : right;
}

/** @returns the right that Redis refused it for: to the command, or to what it names; null if it was permitted */
async function refusalOf(command: Promise<unknown>, right: string, object: string): Promise<string | null> {
  try {
    await command;
    return null;
  } catch (error) {
    if (!isDenied(error)) throw error;
    return error.message.includes('to access') ? object : right;
  }
}

/** Whether Redis answered that the user lacks a right. */
export const isDenied = (error: unknown): error is Error =>
  error instanceof ReplyError && (error as Error).message.startsWith('NOPERM');
