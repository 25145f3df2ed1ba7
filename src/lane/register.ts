import type { Redis } from 'ioredis';
import type { CancellationData } from '../cancellation/data.js';
import { callKey } from '../cancellation/keys.js';
import { LANE_MARGIN_MS, wantedKey } from './lane-keys.js';

/** A cancellation that is about to be queued. */
export interface Entry {
  readonly id: string;
  readonly data: CancellationData;
}

/** A stream that was named by its SID alone is stopped beside its call's document. */
const wantsDocument = ({ data: { streamName, strategy } }: Entry): boolean =>
  streamName !== null && strategy !== 'stream_resource';

/**
 * Registers what is wanted of each call before it is queued, so that the first run of a call sends one document for all of it.
 * An id whose job never comes is dropped by the next run of the call.
 */
export async function registerWanted(redis: Redis, prefix: string, entries: readonly Entry[]): Promise<void> {
  const pipeline = redis.multi();
  for (const { id, data } of entries.filter(wantsDocument)) {
    const key = wantedKey(prefix, callKey(data));
    const ttlMs = data.deadline - data.createdAt + LANE_MARGIN_MS;
    pipeline.zadd(key, 'NX', data.createdAt, id).pexpire(key, ttlMs, 'NX').pexpire(key, ttlMs, 'GT');
  }
  if (pipeline.length === 0) return;
  for (const [error] of (await pipeline.exec()) ?? []) if (error !== null) throw error;
}
