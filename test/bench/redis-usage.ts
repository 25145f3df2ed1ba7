import type { Redis } from 'ioredis';

const KEYS_AT_ONCE = 1000;

/** What a Redis has done since its start. */
export interface RedisUsage {
  /** Those within scripts included. */
  readonly commands: number;
  /** Received and sent. */
  readonly bytes: number;
}

/** By INFO (https://redis.io/docs/latest/commands/info/), which is not counted itself. */
export async function redisUsage(redis: Redis): Promise<RedisUsage> {
  return usageIn(await redis.info('commandstats'), await redis.info('stats'));
}

export function usageIn(commandStats: string, stats: string): RedisUsage {
  const calls = [...commandStats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].filter(
    ([, name]) => name !== 'info',
  );
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(stats)?.[1] ?? Number.NaN);
  return {
    commands: calls.reduce((sum, [, , count]) => sum + Number(count), 0),
    bytes: field('total_net_input_bytes') + field('total_net_output_bytes'),
  };
}

/** All that it holds, in bytes. */
export async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1] ?? Number.NaN);
}

/** The bytes of all keys that begin so, with their share of Redis' own tables. */
export async function memoryOf(redis: Redis, beginning: string): Promise<number> {
  let bytes = 0;
  for await (const found of redis.scanStream({ match: `${beginning}*`, count: KEYS_AT_ONCE }))
    bytes += await memoryOfKeys(redis, [...new Set(found as string[])]);
  return bytes;
}

export async function memoryOfKeys(redis: Redis, keys: readonly string[]): Promise<number> {
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.memory('USAGE', key, 'SAMPLES', 0);
  const sizes = (await pipeline.exec()) ?? [];
  return sizes.reduce((sum, [, size]) => sum + Number(size ?? 0), 0);
}
