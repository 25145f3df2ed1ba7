/** Redis' own clock, since all workers must agree on when a project may be tried again. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/**
 * KEYS gate, run of failures, waiting cancellations, projects with a gate to look after.
 * ARGV project, cancellation, when it wakes by itself, '1' where this is its last chance, how long a probe may take (ms).
 */
export const PASS = `${NOW}
local state = redis.call('HGET', KEYS[1], 'state')
if not state then
  redis.call('ZREM', KEYS[3], ARGV[2])
  return {'open', redis.call('EXISTS', KEYS[2])}
end
if now >= tonumber(redis.call('HGET', KEYS[1], 'probeAt')) then
  redis.call('HSET', KEYS[1], 'probeAt', now + ARGV[5])
  redis.call('ZREM', KEYS[3], ARGV[2])
  return {'probe', state}
end
if ARGV[4] == '1' and state ~= 'unauthorized' then
  redis.call('ZREM', KEYS[3], ARGV[2])
  return {'last_try', state}
end
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
redis.call('SADD', KEYS[4], ARGV[1])
return {'closed', state, tonumber(redis.call('HGET', KEYS[1], 'probeAt'))}`;

/**
 * KEYS gate, run of failures.
 * ARGV how the request was let through.
 * Returns the state that ended, or nothing. A request that was sent before the gate closed says nothing of what closed it.
 */
export const WORKS = `
redis.call('DEL', KEYS[2])
local state = redis.call('HGET', KEYS[1], 'state')
if ARGV[1] == 'probe' or ARGV[1] == 'last_try' and state == 'unavailable' then
  redis.call('DEL', KEYS[1])
  return state
end
return nil`;

/**
 * KEYS gate, run of failures, projects with a gate to look after.
 * ARGV project, state to go into, '1' where a probe found it, first and longest wait (ms), the wait that SignalWire asked
 * for (ms) or 0, the call that failed, how many calls in a row make an outage, for how long a run is remembered (ms).
 * Returns the state that it went into just now, or nothing.
 */
export const FAILS = `${NOW}
local state = redis.call('HGET', KEYS[1], 'state')
local isProbe = ARGV[3] == '1'
if ARGV[2] == 'unavailable' and not state then
  redis.call('SADD', KEYS[2], ARGV[7])
  redis.call('PEXPIRE', KEYS[2], ARGV[9])
  if redis.call('SCARD', KEYS[2]) < tonumber(ARGV[8]) then
    return nil
  end
end
-- A request that was sent before the gate closed does not weaken what closed it.
local rank = {unavailable = 1, throttled = 2, unauthorized = 3}
if state and not isProbe and rank[ARGV[2]] < rank[state] then
  return nil
end
local changed = state ~= ARGV[2]
local failedProbes = 0
if changed then
  redis.call('HSET', KEYS[1], 'state', ARGV[2], 'since', now, 'failedProbes', 0)
elseif isProbe then
  failedProbes = redis.call('HINCRBY', KEYS[1], 'failedProbes', 1)
end
local wait = tonumber(ARGV[6])
if wait == 0 then
  wait = math.min(ARGV[5], ARGV[4] * 2 ^ math.min(failedProbes, 30))
end
local probeAt = math.floor(now + wait)
-- Several 429s on their way at a time: the longest wait that was asked for holds.
local isLonger = ARGV[2] == 'throttled' and probeAt > tonumber(redis.call('HGET', KEYS[1], 'probeAt') or 0)
if changed or isProbe or isLonger then
  redis.call('HSET', KEYS[1], 'probeAt', probeAt)
end
redis.call('SADD', KEYS[3], ARGV[1])
return changed and ARGV[2] or nil`;

/**
 * KEYS gate, waiting cancellations, projects with a gate to look after, BullMQ's delayed jobs.
 * ARGV project, most cancellations to start, how long after its own start a cancellation is kept (ms).
 * Returns those that may start now: any one where a probe is due, since one call's own trouble must not keep all the others
 * waiting; those that wake first where the gate is open. None is removed, for it may not have begun to wait yet: the next
 * round finds it again.
 */
export const DUE = `${NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[3])
local probeAt = redis.call('HGET', KEYS[1], 'probeAt')
local candidates = {}
if not probeAt then
  candidates = redis.call('ZRANGE', KEYS[2], 0, ARGV[2] - 1)
elseif now >= tonumber(probeAt) then
  candidates = redis.call('ZRANDMEMBER', KEYS[2], 10)
end
local due = {}
for _, id in ipairs(candidates) do
  if redis.call('ZSCORE', KEYS[4], id) and (not probeAt or #due == 0) then
    table.insert(due, id)
  end
end
if not probeAt and redis.call('ZCARD', KEYS[2]) == 0 then
  redis.call('SREM', KEYS[3], ARGV[1])
end
return due`;
