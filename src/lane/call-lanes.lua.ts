import { evidenceMailbox, stoppedMailbox } from '../evidence/evidence.js';
import { KNOWN_FOR_MS, knownStreamsKey } from '../evidence/known-streams.js';
import { ADMIT_FUNCTION } from '../gate/project-gates.lua.js';
import { failuresKey, gateKey } from '../gate/gate-keys.js';
import { lua } from '../platform/redis/script.js';
import { CANCELLATIONS_QUEUE } from '../queue/cancellations.queue.js';
import { laneKey, notesKey } from './lane-keys.js';

/**
 * A lane is one JSON text, since it is small and one key is half the commands: `members`, the call's unfinished cancellations
 * with the times at which they were accepted; `id` and `token` of the one that has the call; `keptUntil` where that one has left,
 * and its document may yet be fetched. What each cancellation sends twice is one JSON text too, a third smaller than as many
 * words are.
 */
const LANE = `
local function read(key, packed)
  return packed and cjson.decode(packed) or {members = {}}
end
local function write(key, lane, ttl)
  if next(lane.members) ~= nil or lane.id then
    redis.call('SET', key, cjson.encode(lane), unpack(ttl))
  else
    redis.call('DEL', key)
  end
end
local function isOlder(lane, one, other)
  local a, b = lane.members[one], lane.members[other]
  return a < b or a == b and one < other
end
local function membersOf(lane, exceptFor)
  local ids = {}
  for id in pairs(lane.members) do if id ~= exceptFor then table.insert(ids, id) end end
  table.sort(ids, function(one, other) return isOlder(lane, one, other) end)
  return ids
end`;

/** What all keys begin with, and the call, are in the name of its lane. */
const PREFIX_AND_CALL = `string.match(KEYS[1], '^(.*)${laneKey('', '')}(.*)$')`;

const NOW = `(function() local time = redis.call('TIME') return time[1] * 1000 + math.floor(time[2] / 1000) end)()`;

/**
 * The start of a cancellation's job in one round trip: its place among those of its call, what others and SignalWire have
 * left for it, and, where nothing of that stands against it, the leave to send.
 *
 * KEYS the call's lane.
 * ARGV a list: this cancellation, the end of its lock token, when it was accepted, how long the lane is kept (ms), 1 where its
 * stream is stopped by its SID, the stream's name where it is if that SID is known, the keys of the stream's end, then, to be
 * sent at once, the record of an attempt under way and the wish of `admit`.
 * Returns 0 behind another one, 1 in the lane, 2 outside of it, -1 where the job is not this worker's; 1 where the attempt is under
 * way; and, unless it is and nothing was found: what `admit` answered; the call's other cancellations, known to the first alone;
 * notes; what is known of the stream; when its document was fetched and when it stopped, by the keys of its end; how many of its
 * call are older, behind another one.
 *
 * The lane belongs to a cancellation for as long as BullMQ's lock on its job lasts: a killed worker's lane is free when
 * its job can start again. One that has left it may still keep it until its document was fetched.
 */
export const ENTER = `${LANE}${ADMIT_FUNCTION}
local id, token, createdAt, ttl, bySid, name, ends, record, wish = unpack(cjson.decode(ARGV[1]))
local prefix, call = ${PREFIX_AND_CALL}
local jobPrefix = prefix .. ':${CANCELLATIONS_QUEUE}:'
local project = wish and wish[1] or ''
local mailboxes = {'${evidenceMailbox(lua('prefix'), lua('id'))}'}
for _, key in ipairs(ends) do table.insert(mailboxes, '${stoppedMailbox(lua('prefix'), lua('key'))}') end
local kept = redis.call('MGET', KEYS[1], jobPrefix .. id .. ':lock', unpack(mailboxes))
if string.sub(kept[2] or '', -#token) ~= token then return {-1} end
local notesKey, knownKey = '${notesKey(lua('prefix'), lua('id'))}', '${knownStreamsKey(lua('prefix'), lua('call'))}'
local gate, failures = '${gateKey(lua('prefix'), lua('project'))}', '${failuresKey(lua('prefix'), lua('project'))}'
local isQuiet = redis.call('EXISTS', notesKey, knownKey, gate, failures) == 0

local proofs, isProven = {unpack(kept, 3, #mailboxes + 2)}, false
for index = 1, #mailboxes do
  isProven = isProven or proofs[index]
  proofs[index] = proofs[index] or ''
end
local notes = isQuiet and {} or redis.call('LRANGE', notesKey, 0, -1)
local known = not isQuiet and name ~= '' and redis.call('HGET', knownKey, name)
if known and string.match(known, '^%d+') + ${KNOWN_FOR_MS} <= ${NOW} then known = false end

local lane = read(KEYS[1], kept[1])
local place, others, ahead = 1, {}, 0
if bySid == 1 or known then
  place = 2
  if kept[1] then
    lane.members[id] = nil
    if lane.id == id and not lane.keptUntil then lane.id, lane.token = nil, nil end
    write(KEYS[1], lane, {'KEEPTTL'})
  end
else
  local isNew = not kept[1]
  lane.members[id] = createdAt
  if lane.id and lane.id ~= id then
    local isBusy
    if lane.keptUntil then
      isBusy = ${NOW} < lane.keptUntil and redis.call('EXISTS', '${evidenceMailbox(lua('prefix'), lua('lane.id'))}') == 0
    else
      isBusy = redis.call('EXISTS', jobPrefix .. lane.id .. ':lock') == 1
    end
    if isBusy then place = 0 end
  end
  if place == 1 then
    lane.id, lane.token, lane.keptUntil = id, token, nil
    others = membersOf(lane, id)
  else
    for other in pairs(lane.members) do if isOlder(lane, other, id) then ahead = ahead + 1 end end
  end
  local rest = isNew and 0 or redis.call('PTTL', KEYS[1])
  write(KEYS[1], lane, {'PX', math.max(rest, ttl)})
end

local admitted, isSending = {}, 0
local isFree = place == 1 and #others == 0 or bySid == 1
if wish and isFree and #notes == 0 and not isProven then
  admitted = admit(prefix, id, wish, isQuiet)
  if admitted[1] ~= 'closed' and (admitted[4] == 0 or admitted[1] == 'probe') then
    redis.call('HSET', jobPrefix .. id, 'progress', record)
    isSending = 1
  end
end
if isSending == 1 and isQuiet then return {place, isSending} end
return {place, isSending, admitted, others, notes, known or '', proofs, ahead}`;

/**
 * KEYS the call's lane.
 * ARGV a list: this cancellation, the end of its lock token, how many of the notes were read, 1 where it is finished, 1 where it is
 * to start after those that were never sent, for how long its document may yet be fetched (ms).
 * Returns the call's other unfinished cancellations.
 */
export const LEAVE = `${LANE}
local prefix = ${PREFIX_AND_CALL}
local id, token, notesRead, isFinished, isRetry, keptMs = unpack(cjson.decode(ARGV[1]))
local notes, job = '${notesKey(lua('prefix'), lua('id'))}', prefix .. ':${CANCELLATIONS_QUEUE}:' .. id
if isFinished == 1 then
  -- Kept until BullMQ knows of the end too, for those who look whether it still needs a document.
  if notesRead > 0 then redis.call('PEXPIRE', notes, 5000) end
else
  if notesRead > 0 then redis.call('LTRIM', notes, notesRead, -1) end
  -- BullMQ reads it when the job's delay is over: jobs without a priority go first.
  if isRetry == 1 and redis.call('EXISTS', job) == 1 then redis.call('HSET', job, 'priority', 1) end
end
local packed = redis.call('GET', KEYS[1])
local lane = read(KEYS[1], packed)
local ttl = {'KEEPTTL'}
if isFinished == 1 then lane.members[id] = nil end
if lane.id == id and lane.token == token then
  if keptMs > 0 then
    lane.keptUntil = ${NOW} + keptMs
    if next(lane.members) == nil then ttl = {'PX', keptMs} end
  else
    lane.id, lane.token, lane.keptUntil = nil, nil, nil
  end
end
if packed then write(KEYS[1], lane, ttl) end
return membersOf(lane, nil)`;

/** KEYS the call's lane. ARGV cancellations of it that are over. */
export const DROP = `${LANE}
local packed = redis.call('GET', KEYS[1])
if not packed then return end
local lane = read(KEYS[1], packed)
for _, id in ipairs(ARGV) do lane.members[id] = nil end
write(KEYS[1], lane, {'KEEPTTL'})`;
