import { NOW } from './now.lua.js';

/**
 * After accepted updates of this many different calls in a row went unfetched, nothing more is sent. As long as no
 * fetch has shown that documents can be fetched, no more calls than this have an update that is unconfirmed.
 */
export const MOST_UNCONFIRMED = 3;

/**
 * For how long a fetch shows that documents can be fetched. Whatever is sent in this time is lost if that ends, so it
 * is short. It is longer than the pauses between fetches under load, and than SignalWire takes to fetch a document.
 */
export const PROVEN_FOR_MS = 2000;

/** One call in this time is risked to see whether documents can be fetched again. */
export const DELIVERY_PROBE_EVERY_MS = 30_000;

/** Longer than any update waits for its fetch. */
const FETCH_KEPT_MS = 3_600_000;

/** A call that went unfetched longer ago says nothing about today. */
export const UNCONFIRMED_KEPT_MS = 86_400_000;

/**
 * A document of the project was fetched.
 *
 * Invariant: nothing that was unfetched before counts any more, and the project is not `undelivered`.
 *
 * KEYS gate, unconfirmed, delivered. Returns the state that ended, if one did.
 */
export const DELIVERED = `${NOW}
redis.call('SET', KEYS[3], now, 'PX', ${FETCH_KEPT_MS})
redis.call('DEL', KEYS[2])
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'undelivered' then return nil end
redis.call('DEL', KEYS[1])
return state`;

/**
 * The fetch of an accepted update's document was awaited in vain.
 *
 * Invariants: an update counts only if no document of the project has been fetched since it was sent, and each call
 * counts once. This state replaces any other, because in no other does a request do harm.
 *
 * KEYS gate, unconfirmed, delivered, watched. ARGV project, call, when the update was sent.
 * Returns 1 if the project becomes \`undelivered\`.
 */
export const UNFETCHED = `${NOW}
if tonumber(redis.call('GET', KEYS[3]) or 0) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[2], '+inf', ARGV[2])
redis.call('PEXPIRE', KEYS[2], ${UNCONFIRMED_KEPT_MS})
if redis.call('ZCOUNT', KEYS[2], '+inf', '+inf') < ${MOST_UNCONFIRMED} then return 0 end
if redis.call('HGET', KEYS[1], 'state') == 'undelivered' then return 0 end
redis.call('HSET', KEYS[1], 'state', 'undelivered', 'since', now, 'failedProbes', 0, 'probeAt', now + ${DELIVERY_PROBE_EVERY_MS})
redis.call('SADD', KEYS[4], ARGV[1])
return 1`;

/**
 * A call with one of the few places has no update under way any more.
 *
 * Invariant: a call that went unfetched keeps its place until a document is fetched.
 *
 * KEYS unconfirmed. ARGV call.
 */
export const LEAVE_PLACE = `
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if score and score ~= 'inf' then redis.call('ZREM', KEYS[1], ARGV[1]) end`;

/**
 * How many of those that wait may be started.
 *
 * Invariant: while calls are unconfirmed and nothing has proven the delivery, it is a handful, because only a place or
 * two are free.
 *
 * KEYS unconfirmed, delivered. ARGV how many otherwise, the handful.
 */
export const ROOM = `${NOW}
if now - tonumber(redis.call('GET', KEYS[2]) or 0) <= ${PROVEN_FOR_MS} then return tonumber(ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local places = redis.call('ZCARD', KEYS[1])
if places == 0 then return tonumber(ARGV[1]) end
return math.min(ARGV[2], 2 * math.max(0, ${MOST_UNCONFIRMED} - places))`;

/**
 * Somebody says that the project's trouble is over.
 *
 * Invariant: only the states that ARGV names are touched. Credentials are probed at once, and only an answer ends that
 * state. After \`undelivered\` one place is free, so that one call more is risked, and if that goes unfetched too the
 * project is closed again.
 *
 * KEYS gate, unconfirmed. ARGV the states. Returns the state that was found, if it is one of them.
 */
export const REOPEN = `${NOW}
local state = redis.call('HGET', KEYS[1], 'state')
for _, named in ipairs(ARGV) do
  if state == named then
    if state == 'unauthorized' then
      redis.call('HSET', KEYS[1], 'probeAt', now)
    else
      redis.call('DEL', KEYS[1])
      redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -${MOST_UNCONFIRMED})
    end
    return state
  end
end
return nil`;
