import type { Redis } from 'ioredis';

/**
 * The share of `maxmemory` that Redis uses, from 0, or null where it has no limit.
 * https://redis.io/docs/latest/commands/info/
 */
export async function memoryUse(redis: Redis): Promise<number | null> {
  const info = await redis.info('memory');
  const bytes = (field: string): number => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const limit = bytes('maxmemory');
  return limit === 0 ? null : bytes('used_memory') / limit;
}
