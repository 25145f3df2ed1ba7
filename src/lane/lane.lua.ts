import { HOLDER_EVIDENCE } from './lane-keys.js';

/**
 * Takes the call for one cancellation, if no other one has it.
 *
 * Invariants: at most one cancellation holds a call. A holder that has left may keep the call (`kept:`) until its
 * document was fetched, because another update before that would undo it. A cancellation takes over from an earlier run
 * of its own. Every cancellation that asks is in the set of those that want an update. Costs O(log n) in the size of
 * that set, plus ARGV[5].
 *
 * KEYS wanted, holder.
 * ARGV cancellation, when it was accepted, how long the set lives (ms), how long the call is held (ms), how many
 * members to return.
 * Returns 1 and the oldest members; or 0, for how long the call is still held (ms), and how many members are older.
 */
export const TAKE = `
local id = ARGV[1]
if redis.call('ZADD', KEYS[1], 'NX', ARGV[2], id) == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
local value = redis.call('GET', KEYS[2])
if value then
  local kept = string.sub(value, 1, 5) == 'kept:'
  local holder = kept and string.sub(value, 6) or value
  local fetched = kept and redis.call('EXISTS', ${HOLDER_EVIDENCE}) == 1
  if holder ~= id and not fetched then
    return {0, redis.call('PTTL', KEYS[2]), redis.call('ZRANK', KEYS[1], id)}
  end
end
redis.call('SET', KEYS[2], id, 'PX', ARGV[4])
return {1, redis.call('ZRANGE', KEYS[1], 0, ARGV[5] - 1)}`;

/**
 * Tells cancellations that an attempt is about to be sent for them too.
 *
 * Invariants: one that is told wants an update, so it cannot end before it knows (`LEAVE`); one that does not want any
 * more is not told. Costs O(log n) per cancellation in the number of those that want an update.
 *
 * KEYS wanted, then the shared attempts of each cancellation.
 * ARGV field and value of the attempt, then per cancellation its id, and until when its key lives (epoch ms).
 * Returns the ids of those that were told.
 */
export const OPEN_SHARED = `
local told = {}
for i = 2, #KEYS do
  local id = ARGV[2 * i - 1]
  if redis.call('ZSCORE', KEYS[1], id) then
    redis.call('HSET', KEYS[i], ARGV[1], ARGV[2])
    redis.call('PEXPIREAT', KEYS[i], ARGV[2 * i])
    told[#told + 1] = id
  end
end
return told`;

/**
 * Releases the call, and removes entries that want no update any more.
 *
 * Invariants: nothing changes once the job is another worker's. A cancellation that removes its own entry gets what was
 * sent for it until then, and nothing is sent for it from then on (`OPEN_SHARED`). Only the holder gives the call back,
 * and only it starts the next one. Costs O(log n) per entry, plus ARGV[4] and the number of attempts that others sent
 * for it.
 *
 * KEYS wanted, holder, the job's lock, its shared attempts.
 * ARGV cancellation, the lock's token, for how long its document may still be fetched (ms), how many members to return,
 * then the entries to remove: its own first.
 * Returns the attempts that were sent for it if it has removed its entry, and the oldest members if the call is free
 * now.
 */
export const LEAVE = `
if redis.call('GET', KEYS[3]) ~= ARGV[2] then return {{}, {}} end
local sent = {}
if #ARGV > 4 then
  redis.call('ZREM', KEYS[1], unpack(ARGV, 5))
  sent = redis.call('HVALS', KEYS[4])
end
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return {sent, {}} end
if tonumber(ARGV[3]) > 0 then
  redis.call('SET', KEYS[2], 'kept:' .. ARGV[1], 'PX', ARGV[3])
  return {sent, {}}
end
redis.call('DEL', KEYS[2])
return {sent, redis.call('ZRANGE', KEYS[1], 0, ARGV[4] - 1)}`;
