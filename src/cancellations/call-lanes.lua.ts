import { KNOWN_FOR_MS } from '../evidence/known-streams.js';

/**
 * KEYS the call's lane, its unfinished cancellations, notes left for this one, the call's known streams.
 * ARGV this cancellation, its lock token, when it was accepted, how long the keys are kept (ms), the prefix of the queue's keys,
 * '1' where its stream is stopped by its SID, the stream's name where it is if that SID is known, what evidence mailboxes
 * begin with.
 * Returns 0 behind another one, 1 in the lane, 2 outside of it; notes; members; what is known of the stream.
 *
 * The lane belongs to a cancellation for as long as BullMQ's lock on its job lasts: a killed worker's lane is free when
 * its job can start again. One that has left it may still keep it until its document was fetched.
 */
export const ENTER = `
local notes = redis.call('LRANGE', KEYS[3], 0, -1)
local holder, kept = unpack(redis.call('HMGET', KEYS[1], 'id', 'kept'))
local known = ARGV[7] ~= '' and redis.call('HGET', KEYS[4], ARGV[7])
if known and string.match(known, '^%d+') + ${KNOWN_FOR_MS} <= redis.call('TIME')[1] * 1000 then known = false end
if ARGV[6] == '1' or known then
  redis.call('ZREM', KEYS[2], ARGV[1])
  if holder == ARGV[1] and not kept then redis.call('DEL', KEYS[1]) end
  return {2, notes, {}, known or ''}
end
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[4]) then
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
if holder and holder ~= ARGV[1] then
  local isBusy = redis.call('EXISTS', ARGV[5] .. holder .. ':lock') == 1
  if kept then isBusy = redis.call('EXISTS', ARGV[8] .. holder) == 0 end
  if isBusy then return {0, notes, {}, ''} end
end
redis.call('HDEL', KEYS[1], 'kept')
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'token', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {1, notes, redis.call('ZRANGE', KEYS[2], 0, -1), ''}`;

/**
 * KEYS the call's lane, its unfinished cancellations, notes left for this one, this one's job.
 * ARGV this cancellation, its lock token, how many of the notes were read, '1' where it is finished, '1' where it is to start
 * after those that were never sent, for how long its document may yet be fetched (ms).
 * Returns the call's other unfinished cancellations.
 */
export const LEAVE = `
local lane = redis.call('HMGET', KEYS[1], 'id', 'token')
if lane[1] == ARGV[1] and lane[2] == ARGV[2] then
  if tonumber(ARGV[6]) > 0 then
    redis.call('HSET', KEYS[1], 'kept', 1)
    redis.call('PEXPIRE', KEYS[1], ARGV[6])
  else
    redis.call('DEL', KEYS[1])
  end
end
if ARGV[4] == '1' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  -- Kept until BullMQ knows of the end too, for those who look whether it still needs a document.
  redis.call('PEXPIRE', KEYS[3], 5000)
else
  redis.call('LTRIM', KEYS[3], ARGV[3], -1)
  -- BullMQ reads it when the job's delay is over: jobs without a priority go first.
  if ARGV[5] == '1' and redis.call('EXISTS', KEYS[4]) == 1 then
    redis.call('HSET', KEYS[4], 'priority', 1)
  end
end
local others = redis.call('ZRANGE', KEYS[2], 0, -1)
return others`;
