import { stoppedKeys } from '../cancellation/keys.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import type { RedisClient } from '../platform/redis/connection/client.js';
import { parseMailbox, stoppedMailbox } from './evidence.js';

/** A later report may speak of another stream with the same name. */
const REPORTED_WITHIN_MS = 60_000;

/**
 * A cancellation that succeeded, with the end of its stream if a signed callback has reported that since. Where the
 * fetch of the document is enough, the report comes just after the end, when nobody changes the job any more.
 */
export async function withLateStop(
  redis: RedisClient,
  prefix: string,
  stored: StoredCancellation,
): Promise<StoredCancellation> {
  const { data, record, finishedAt, failedReason } = stored;
  if (finishedAt === null || failedReason !== null || record.streamStoppedAt !== null) return stored;
  const reports = await redis.mget(stoppedKeys(data, record).map((key) => stoppedMailbox(prefix, key)));
  const streamStoppedAt = reports
    .map(parseMailbox)
    .find((at) => at !== null && at >= data.createdAt && at <= finishedAt + REPORTED_WITHIN_MS);
  return streamStoppedAt === undefined ? stored : { ...stored, record: { ...record, streamStoppedAt } };
}
