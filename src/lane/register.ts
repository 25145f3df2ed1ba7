import type { Redis } from 'ioredis';
import { callKey } from '../cancellation/keys.js';
import type { NewCancellation } from '../cancellation/stored-cancellation.js';
import { wantedKey, WANTED_FOR_MS } from './lane-keys.js';
import { MAX_SHARED } from './shared-update.js';

/** Commands per entry, the last of which counts what is wanted of its call. */
const COMMANDS = 3;

/** A stream that was named by its SID alone is stopped beside its call's document. */
const wantsDocument = ({ data: { streamName, strategy } }: NewCancellation): boolean =>
  streamName !== null && strategy !== 'stream_resource';

/**
 * Whether a call waits for more updates than its next document carries. Those that come on top must not delay other calls: most end
 * with a document that is sent for the first ones.
 *
 * @param wanted what `registerWanted` returns
 */
export const isCrowded = (wanted: number | undefined): boolean => (wanted ?? 0) > MAX_SHARED;

/**
 * Registers what is wanted of each call before it is queued, so that the first run of a call sends one document for all of it.
 * An id whose job never comes is dropped by the next run of the call.
 *
 * @returns for each id, how many updates its call waits for, its own included
 */
export async function registerWanted(
  redis: Redis,
  prefix: string,
  entries: readonly NewCancellation[],
): Promise<ReadonlyMap<string, number>> {
  const wanting = entries.filter(wantsDocument);
  const commands = redis.pipeline();
  for (const { id, data } of wanting) {
    const key = wantedKey(prefix, callKey(data));
    commands.zadd(key, 'NX', data.createdAt, id).pexpire(key, WANTED_FOR_MS).zcard(key);
  }
  if (wanting.length === 0) return new Map();
  const results = (await commands.exec()) ?? [];
  for (const [error] of results) if (error !== null) throw error;
  return new Map(wanting.map(({ id }, index) => [id, Number(results[(index + 1) * COMMANDS - 1]?.[1])]));
}

/** Takes back what was registered for ids that came to no job, because an earlier cancellation of the stream is unfinished. */
export async function unregister(
  redis: Redis,
  prefix: string,
  entries: readonly NewCancellation[],
): Promise<void> {
  await Promise.all(entries.map(({ id, data }) => redis.zrem(wantedKey(prefix, callKey(data)), id)));
}
