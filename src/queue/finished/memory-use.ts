import { askNode } from '../../platform/redis/ask-node.js';
import type { RedisClient } from '../../platform/redis/connection/client.js';

/**
 * The share of `maxmemory` that Redis uses, from 0, or null where it has no limit.
 * https://redis.io/docs/latest/commands/info/
 */
export async function memoryUse(redis: RedisClient, prefix: string): Promise<number | null> {
  const info = await askNode<string>(redis, prefix, (commands) => commands.info('memory'));
  const bytes = (field: string): number => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const limit = bytes('maxmemory');
  return limit === 0 ? null : bytes('used_memory') / limit;
}
