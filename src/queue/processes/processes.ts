import type { RedisClient } from '../../platform/redis/connection/client.js';
import type { ProcessReport } from './own-process.js';
import { processesKey, processKey } from './process-keys.js';

/** The processes that run now, those that have run longest first. */
export async function runningProcesses(redis: RedisClient, prefix: string): Promise<ProcessReport[]> {
  const ids = await redis.zrange(processesKey(prefix), '0', '-1');
  if (ids.length === 0) return [];
  const reports = await redis.mget(ids.map((id) => processKey(prefix, id)));
  return reports
    .filter((report) => report !== null)
    .map((report) => JSON.parse(report) as ProcessReport)
    .toSorted((one, other) => one.startedAt - other.startedAt || (one.id < other.id ? -1 : 1));
}
