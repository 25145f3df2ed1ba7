import { lua } from '../platform/redis/script.js';
import { failuresKey, gateKey, rateKey, retriesKey, waitingKey, watchedKey } from './gate-keys.js';

/** Of a project's requests a second, what attempts after the first may take: the rest is for fresh cancellations. */
const SHARE_OF_RETRIES = 0.8;

/** Redis' own clock, since all workers must agree on when a project may be tried again. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

const named = (key: (prefix: string, project: string) => string): string =>
  `'${key(lua('prefix'), lua('project'))}'`;

/**
 * Defines `pass`: whether a cancellation is let through. `wakesAt` is when it starts by itself; `isWorking`, that neither a gate
 * nor a failure of the project is there.
 */
const PASS = `
local function pass(prefix, project, id, isWorking, wakesAt, isLastTry, hasWaited, probeTimeoutMs)
  local gate, waiting = ${named(gateKey)}, ${named(waitingKey)}
  local function letThrough(kind, detail)
    if hasWaited then redis.call('ZREM', waiting, id) end
    return kind, detail
  end
  if isWorking then return letThrough('open', 0) end
  local state, probeAt = unpack(redis.call('HMGET', gate, 'state', 'probeAt'))
  if not state then return letThrough('open', redis.call('EXISTS', ${named(failuresKey)})) end
  ${NOW}
  if now >= tonumber(probeAt) then
    redis.call('HSET', gate, 'probeAt', now + probeTimeoutMs)
    return letThrough('probe', state)
  end
  if isLastTry and state ~= 'unauthorized' then return letThrough('last_try', state) end
  redis.call('ZADD', waiting, wakesAt, id)
  redis.call('SADD', ${named(watchedKey)}, project)
  return 'closed', state, tonumber(probeAt)
end`;

/**
 * Defines `turn`: 0 where a request may be sent now, else the milliseconds until its turn comes. Those that came too late in
 * a second are spread over the next ones in the order in which they came, so that a backlog does not ask again and again.
 */
const TURN = `
local function take(key, limit)
  local taken = redis.call('INCR', key)
  if taken == 1 then redis.call('PEXPIRE', key, 1000) end
  if taken <= limit then return 0 end
  return math.ceil(redis.call('PTTL', key) + (taken - limit - 1) / limit * 1000)
end
local function turn(prefix, project, isFresh, limit)
  local wait = isFresh and 0 or take(${named(retriesKey)}, math.ceil(limit * ${SHARE_OF_RETRIES}))
  return wait > 0 and wait or take(${named(rateKey)}, limit)
end`;

/**
 * Defines `admit`: `pass`, and then a turn, which is not taken where the project is closed. `wish` is a list: the project, when the
 * cancellation wakes by itself, 1 where this is its last chance, 1 where it has waited for its project, how long a
 * probe may take (ms), 1 where it was never sent, the project's requests a second.
 * Returns how it is let through, a detail, when the next probe goes, how long it has to wait for its turn (ms).
 */
export const ADMIT_FUNCTION = `${PASS}${TURN}
local function admit(prefix, id, wish, isWorking)
  local project, wakesAt, isLastTry, hasWaited, probeTimeoutMs, isFresh, limit = unpack(wish)
  local kind, detail, probeAt =
    pass(prefix, project, id, isWorking, wakesAt, isLastTry == 1, hasWaited == 1, probeTimeoutMs)
  if kind == 'closed' then return {kind, detail, probeAt, 0} end
  return {kind, detail, 0, turn(prefix, project, isFresh == 1, limit)}
end`;

/** KEYS gate. ARGV prefix, cancellation, the wish as JSON. */
export const ADMIT = `${ADMIT_FUNCTION}
return admit(ARGV[1], ARGV[2], cjson.decode(ARGV[3]), false)`;

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
