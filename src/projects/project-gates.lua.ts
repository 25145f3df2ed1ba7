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
 * Returns the state that ended, or nothing.
 */
export const WORKS = `
redis.call('DEL', KEYS[2])
local state = redis.call('HGET', KEYS[1], 'state')
redis.call('DEL', KEYS[1])
return state`;

/**
 * KEYS gate, run of failures, projects with a gate to look after.
 * ARGV project, state to go into, '1' where a probe found it, first and longest wait (ms), the wait that SignalWire asked
 * for (ms) or 0, the call that failed, how many calls in a row make an outage, for how long a run is remembered (ms).
 * Returns the state that it went into just now, or nothing.
 */
export const FAILS = `${NOW}
local state = redis.call('HGET', KEYS[1], 'state')
if ARGV[2] == 'unavailable' and not state then
  redis.call('SADD', KEYS[2], ARGV[7])
  redis.call('PEXPIRE', KEYS[2], ARGV[9])
  if redis.call('SCARD', KEYS[2]) < tonumber(ARGV[8]) then
    return nil
  end
end
if state == 'unauthorized' and ARGV[3] ~= '1' then
  return nil
end
local changed = state ~= ARGV[2]
local failedProbes = 0
if changed then
  redis.call('HSET', KEYS[1], 'state', ARGV[2], 'since', now, 'failedProbes', 0)
elseif ARGV[3] == '1' then
  failedProbes = redis.call('HINCRBY', KEYS[1], 'failedProbes', 1)
end
local wait = tonumber(ARGV[6])
if wait == 0 then
  wait = math.min(ARGV[5], ARGV[4] * 2 ^ math.min(failedProbes, 30))
end
local probeAt = now + wait
-- Several 429s on their way at a time: the longest wait that was asked for holds.
local isLonger = ARGV[2] == 'throttled' and probeAt > tonumber(redis.call('HGET', KEYS[1], 'probeAt') or 0)
if changed or ARGV[3] == '1' or isLonger then
  redis.call('HSET', KEYS[1], 'probeAt', math.floor(probeAt))
end
redis.call('SADD', KEYS[3], ARGV[1])
return changed and ARGV[2] or nil`;

/**
 * KEYS gate, waiting cancellations, projects with a gate to look after.
 * ARGV project, most cancellations to release, how long after its own start a cancellation is kept (ms).
 * Returns those that may start now: any one where a probe is due, since one call's own trouble must not keep all the others
 * waiting; those that wake first where the gate is open.
 */
export const DUE = `${NOW}
-- Those that started by themselves meanwhile, and came to an end.
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[3])
local probeAt = redis.call('HGET', KEYS[1], 'probeAt')
if probeAt then
  return now >= tonumber(probeAt) and {redis.call('ZRANDMEMBER', KEYS[2]) or nil} or {}
end
local released = redis.call('ZRANGE', KEYS[2], 0, ARGV[2] - 1)
if #released == 0 then
  redis.call('SREM', KEYS[3], ARGV[1])
else
  redis.call('ZREM', KEYS[2], unpack(released))
end
return released`;
