import {
  DELIVERY_PROBE_EVERY_MS,
  MOST_UNCONFIRMED,
  PROVEN_FOR_MS,
  UNCONFIRMED_KEPT_MS,
} from './delivery.lua.js';
import { NOW } from './now.lua.js';

/** Of a project's requests per second, what retries may take; the rest is for fresh cancellations. */
const SHARE_OF_RETRIES = 0.8;

/**
 * Lets a cancellation through to SignalWire, or has it wait for its project.
 *
 * Invariants: nothing is sent of what an operator has paused. A closed gate lets through one probe at a time and, where
 * SignalWire is throttling or unavailable, each cancellation's last try. As long as no fetch proves that documents can
 * be fetched, few calls have an update that needs it. A cancellation that needs no document of ours does not care
 * whether they can be. One that is let through waits for its project no longer. No more requests start per fixed second
 * than the project may send; those that come too late are spread over the next seconds in the order in which they came,
 * so that a backlog does not ask again and again.
 *
 * KEYS gate, failures, waiting, watched, rate, retries, unconfirmed, delivered, pauses, waiting without a fetch.
 * ARGV project, cancellation, when it starts by itself, '1' for its last try, how long a probe may take (ms), '1' for
 * one that was never sent, the project's requests per second, its call if it needs the fetch of a document or '', how
 * long such a fetch may take (ms).
 * Returns how it is let through ('open', 'probe', 'last_try', 'closed', 'unproven', 'paused'), the gate's state or
 * whether an open project has had failures, when the next probe goes (closed only), how long to wait for its turn (ms),
 * 1 if a fetch has yet to prove the delivery.
 */
export const ADMIT = `${NOW}
local project, id, limit, call = ARGV[1], ARGV[2], tonumber(ARGV[7]), ARGV[8]
local state, probeAt = unpack(redis.call('HMGET', KEYS[1], 'state', 'probeAt'))
if state == 'undelivered' and call == '' then state = false end
local kind, detail, unproven = 'open', state, false
local paused = redis.call('HMGET', KEYS[9], '*', project)
if paused[1] or paused[2] then
  kind = 'paused'
elseif not state then
  detail = redis.call('EXISTS', KEYS[2])
  unproven = call ~= '' and now - tonumber(redis.call('GET', KEYS[8]) or 0) > ${PROVEN_FOR_MS}
  if unproven then redis.call('ZREMRANGEBYSCORE', KEYS[7], '-inf', now) end
  if unproven and redis.call('ZCARD', KEYS[7]) >= ${MOST_UNCONFIRMED} and not redis.call('ZSCORE', KEYS[7], call) then
    kind = 'unproven'
  end
elseif now >= tonumber(probeAt) then
  kind = 'probe'
  unproven = state == 'undelivered'
  redis.call('HSET', KEYS[1], 'probeAt', now + (unproven and ${DELIVERY_PROBE_EVERY_MS} or ARGV[5]))
elseif ARGV[4] == '1' and state ~= 'unauthorized' and state ~= 'undelivered' then
  kind = 'last_try'
else
  kind = 'closed'
end
if kind == 'closed' or kind == 'unproven' or kind == 'paused' then
  redis.call('ZADD', KEYS[3], ARGV[3], id)
  if call == '' then redis.call('ZADD', KEYS[10], ARGV[3], id) else redis.call('ZREM', KEYS[10], id) end
  redis.call('SADD', KEYS[4], project)
  return {kind, state or '', tonumber(probeAt or 0), 0, 0}
end
redis.call('ZREM', KEYS[3], id)
redis.call('ZREM', KEYS[10], id)

local function take(key, most)
  local taken = redis.call('INCR', key)
  if taken == 1 then redis.call('PEXPIRE', key, 1000) end
  if taken <= most then return 0 end
  return math.ceil(redis.call('PTTL', key) + (taken - most - 1) / most * 1000)
end
local wait = ARGV[6] == '1' and 0 or take(KEYS[6], math.ceil(limit * ${SHARE_OF_RETRIES}))
if wait == 0 then wait = take(KEYS[5], limit) end
if unproven and kind == 'open' and wait == 0 then
  redis.call('ZADD', KEYS[7], 'GT', now + ARGV[9], call)
  redis.call('PEXPIRE', KEYS[7], ${UNCONFIRMED_KEPT_MS})
end
return {kind, detail, 0, wait, unproven and 1 or 0}`;

/**
 * SignalWire took a request of the project.
 *
 * Invariant: only a probe, or the last try of an outage, opens a gate: a request that was sent before the gate closed
 * says nothing about what closed it. That SignalWire takes requests says nothing about whether it fetches documents.
 *
 * KEYS gate, failures. ARGV how the request was let through. Returns the state that ended, if one did.
 */
export const SUCCEED = `
redis.call('DEL', KEYS[2])
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'undelivered' then return nil end
if ARGV[1] == 'probe' or ARGV[1] == 'last_try' and state == 'unavailable' then
  redis.call('DEL', KEYS[1])
  return state
end
return nil`;

/**
 * A request failed in a way that points to the project, not to the call.
 *
 * Invariants: an outage, and a refusal that may be a proxy's, need failures of several different calls in a row; the
 * latter changes no other state. An \`undelivered\` project stays so. A request that was sent before the gate closed
 * does not weaken what closed it. Of several 429s in flight the longest wait counts.
 *
 * KEYS gate, failures, watched.
 * ARGV project, the state to go into, '1' for a probe, first and longest wait (ms), the wait that SignalWire asked for
 * (ms) or 0, the call, how many calls it takes, for how long failures count (ms).
 * Returns the state that began, if one did.
 */
export const FAIL = `${NOW}
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'undelivered' then return nil end
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

/**
 * Nobody waits for the project.
 *
 * Invariant: a project that is closed, or has cancellations waiting, stays watched.
 *
 * KEYS watched, gate, waiting. ARGV project.
 */
export const UNWATCH = `
if redis.call('EXISTS', KEYS[2], KEYS[3]) == 0 then redis.call('SREM', KEYS[1], ARGV[1]) end`;

/**
 * A probe was not sent after all, for example because its call was over.
 *
 * Invariant: the next probe goes at once, unless the gate's state has changed meanwhile.
 *
 * KEYS gate. ARGV the state that was probed.
 */
export const PROBE_AGAIN = `${NOW}
if redis.call('HGET', KEYS[1], 'state') == ARGV[1] then redis.call('HSET', KEYS[1], 'probeAt', now) end`;
