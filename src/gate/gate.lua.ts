/** Of a project's requests per second, what retries may take; the rest is for fresh cancellations. */
const SHARE_OF_RETRIES = 0.8;

/** Redis' own clock, because all workers must agree on when a project may be tried again. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/**
 * Lets a cancellation through to SignalWire, or has it wait for its project.
 *
 * Invariants: a closed gate lets through one probe at a time and, unless the credentials were refused, each cancellation's last
 * try. No more requests start per fixed second than the project may send; those that come too late are spread over the next seconds
 * in the order in which they came, so that a backlog does not ask again and again.
 *
 * KEYS gate, failures, waiting, watched, rate, retries.
 * ARGV project, cancellation, when it starts by itself, '1' for its last try, how long a probe may take (ms), '1' for one that was
 * never sent, the project's requests per second, '1' for one that has waited for the project.
 * Returns how it is let through ('open', 'probe', 'last_try', 'closed'), the gate's state or whether an open project has had
 * failures, when the next probe goes (closed only), how long to wait for its turn (ms).
 */
export const ADMIT = `${NOW}
local project, id, limit = ARGV[1], ARGV[2], tonumber(ARGV[7])
local state, probeAt = unpack(redis.call('HMGET', KEYS[1], 'state', 'probeAt'))
local kind, detail = 'open', state
if not state then
  detail = redis.call('EXISTS', KEYS[2])
elseif now >= tonumber(probeAt) then
  kind = 'probe'
  redis.call('HSET', KEYS[1], 'probeAt', now + ARGV[5])
elseif ARGV[4] == '1' and state ~= 'unauthorized' then
  kind = 'last_try'
else
  redis.call('ZADD', KEYS[3], ARGV[3], id)
  redis.call('SADD', KEYS[4], project)
  return {'closed', state, tonumber(probeAt), 0}
end
if ARGV[8] == '1' then redis.call('ZREM', KEYS[3], id) end

local function take(key, most)
  local taken = redis.call('INCR', key)
  if taken == 1 then redis.call('PEXPIRE', key, 1000) end
  if taken <= most then return 0 end
  return math.ceil(redis.call('PTTL', key) + (taken - most - 1) / most * 1000)
end
local wait = ARGV[6] == '1' and 0 or take(KEYS[6], math.ceil(limit * ${SHARE_OF_RETRIES}))
if wait == 0 then wait = take(KEYS[5], limit) end
return {kind, detail, 0, wait}`;

/**
 * SignalWire took a request of the project.
 *
 * Invariant: only a probe, or the last try of an outage, opens a gate: a request that was sent before the gate closed says nothing
 * about what closed it.
 *
 * KEYS gate, failures. ARGV how the request was let through. Returns the state that ended, if one did.
 */
export const SUCCEED = `
redis.call('DEL', KEYS[2])
local state = redis.call('HGET', KEYS[1], 'state')
if ARGV[1] == 'probe' or ARGV[1] == 'last_try' and state == 'unavailable' then
  redis.call('DEL', KEYS[1])
  return state
end
return nil`;

/**
 * A request failed in a way that points to the project, not to the call.
 *
 * Invariants: an outage, and a refusal that may be a proxy's, need failures of several different calls in a row; the latter changes
 * no other state. A request that was sent before the gate closed does not
 * weaken what closed it. Of several 429s in flight the longest wait counts.
 *
 * KEYS gate, failures, watched.
 * ARGV project, the state to go into, '1' for a probe, first and longest wait (ms), the wait that SignalWire asked for (ms) or 0, the
 * call, how many calls it takes, for how long failures count (ms).
 * Returns the state that began, if one did.
 */
export const FAIL = `${NOW}
local state = redis.call('HGET', KEYS[1], 'state')
local isProbe = ARGV[3] == '1'
local isDoubtful = tonumber(ARGV[8]) > 1
if isDoubtful and not state then
  redis.call('SADD', KEYS[2], ARGV[7])
  redis.call('PEXPIRE', KEYS[2], ARGV[9])
  if redis.call('SCARD', KEYS[2]) < tonumber(ARGV[8]) then return nil end
end
if isDoubtful and state and ARGV[2] == 'unauthorized' and state ~= ARGV[2] then return nil end
local rank = {unavailable = 1, throttled = 2, unauthorized = 3}
if state and not isProbe and rank[ARGV[2]] < rank[state] then return nil end
local changed, failedProbes = state ~= ARGV[2], 0
if changed then
  redis.call('HSET', KEYS[1], 'state', ARGV[2], 'since', now, 'failedProbes', 0)
elseif isProbe then
  failedProbes = redis.call('HINCRBY', KEYS[1], 'failedProbes', 1)
end
local wait = tonumber(ARGV[6])
if wait == 0 then wait = math.min(ARGV[5], ARGV[4] * 2 ^ math.min(failedProbes, 30)) end
local probeAt = math.floor(now + wait)
local isLonger = ARGV[2] == 'throttled' and probeAt > tonumber(redis.call('HGET', KEYS[1], 'probeAt') or 0)
if changed or isProbe or isLonger then redis.call('HSET', KEYS[1], 'probeAt', probeAt) end
redis.call('SADD', KEYS[3], ARGV[1])
return changed and ARGV[2] or nil`;
