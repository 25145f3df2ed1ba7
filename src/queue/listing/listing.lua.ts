import { addChange } from '../changes/changes.js';
import { CHUNK, ID_BYTES, TIME_BYTES } from './layout.js';
import { MOST_FIRST_TERMS } from './terms.js';

/*
 * A cluster that moves the slot has some keys on one node and some on the other. It refuses a script that names several
 * keys of which one does not exist, so each of these names the list and a key that exists.
 */

/**
 * Gives each cancellation the next place of the list.
 *
 * Invariants: no place is given twice, and places are in the order of acceptance. A bucket of calls has no places of
 * chunks that are gone, and expires. Costs O(log n) per cancellation in the size of its bucket.
 *
 * KEYS the list, from which all keys are derived, and its counter. ARGV how long a bucket lives (ms), then per
 * cancellation its id, when it was accepted as a cell, the same as a number, the bucket of its call, the terms of its
 * project and its requester, and its other terms ('' for none).
 * Returns the first place.
 */
export const ENTER = `
local list, fields = KEYS[1], 6 + ${MOST_FIRST_TERMS}
local count = (#ARGV - 1) / fields
local first = redis.call('INCRBY', KEYS[2], count) - count
local oldest = tonumber(redis.call('ZRANGE', list .. ':chunks', 0, 0)[1] or 0) * ${CHUNK}
for i = 0, count - 1 do
  local from = 2 + i * fields
  local id, time, ms, bucket, project, requester = unpack(ARGV, from, from + 5)
  local place = first + i
  local number, at = math.floor(place / ${CHUNK}), place % ${CHUNK}
  local chunk = list .. ':' .. number .. ':'
  if at == 0 or i == 0 then redis.call('ZADD', list .. ':chunks', 'NX', ms, number) end
  redis.call('SETBIT', chunk .. 'all', at, 1)
  redis.call('SETRANGE', chunk .. 'ids', at * ${ID_BYTES}, id)
  redis.call('SETRANGE', chunk .. 'times', at * ${TIME_BYTES}, time)
  for _, term in ipairs({project, requester}) do
    if term ~= '' then
      redis.call('SETBIT', chunk .. term, at, 1)
      redis.call('SADD', chunk .. 'chosen', term)
    end
  end
  for other = from + 6, from + fields - 1 do
    if ARGV[other] ~= '' then redis.call('SETBIT', chunk .. ARGV[other], at, 1) end
  end
  local calls = list .. ':calls:' .. bucket
  redis.call('ZREMRANGEBYSCORE', calls, '-inf', '(' .. oldest)
  redis.call('ZADD', calls, place, place)
  redis.call('PEXPIRE', calls, ARGV[1])
end
return first`;

/**
 * A function that sets and clears terms of one place, and tells those who listen that the cancellation has changed. Its
 * arguments are the keys of the list and of the stream of changes, the cancellation ('' to tell nobody), the chunk, the
 * place in it, then pairs of a term and its bit.
 *
 * Invariant: a chunk that is gone does not come back. A bit that is right already is not written: that would go to
 * replicas and the append-only file.
 */
export const WRITE_TERMS = `
local function writeTerms(list, changes, cancellation, number, at, ...)
  if cancellation ~= '' then ${addChange('changes', 'cancellation')} end
  local chunk = list .. ':' .. number .. ':'
  if redis.call('EXISTS', chunk .. 'ids') == 0 then return end
  local terms = {...}
  for i = 1, #terms, 2 do
    local key, bit = chunk .. terms[i], tonumber(terms[i + 1])
    if redis.call('GETBIT', key, at) ~= bit then redis.call('SETBIT', key, at, bit) end
  end
end`;

/** Runs `WRITE_TERMS` alone. KEYS the list, the stream of changes. ARGV its other arguments. */
export const WRITE = `${WRITE_TERMS}
writeTerms(KEYS[1], KEYS[2], unpack(ARGV))`;

/**
 * Forgets a chunk. KEYS the list, its chunks. ARGV the chunk, then its columns, except for the terms that name what
 * clients have chosen.
 */
export const DROP = `
local chunk = KEYS[1] .. ':' .. ARGV[1] .. ':'
for _, term in ipairs(redis.call('SMEMBERS', chunk .. 'chosen')) do redis.call('DEL', chunk .. term) end
for i = 2, #ARGV do redis.call('DEL', chunk .. ARGV[i]) end
redis.call('ZREM', KEYS[2], ARGV[1])`;
