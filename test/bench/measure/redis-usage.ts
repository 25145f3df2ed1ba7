import type { Redis } from 'ioredis';

/** How many commands a Redis has run since its start, by INFO; commands inside scripts count, INFO itself does not. */
export async function commandsOf(redis: Redis): Promise<number> {
  return commandsIn(await redis.info('commandstats'));
}

export function commandsIn(commandStats: string): number {
  const calls = [...commandStats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  return calls.filter(([, name]) => name !== 'info').reduce((total, [, , count]) => total + Number(count), 0);
}

/** What a Redis has used since its start, by INFO. */
export interface RedisUsage {
  /** Processor time in µs, without the children that rewrite its file. */
  readonly cpuUs: number;
  readonly commands: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export const redisUsage = async (redis: Redis): Promise<RedisUsage> => redisUsageIn(await redis.info('all'));

export function redisUsageIn(info: string): RedisUsage {
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? Number.NaN);
  return {
    cpuUs: (field('used_cpu_user') + field('used_cpu_sys')) * 1_000_000,
    commands: commandsIn(info),
    receivedBytes: field('total_net_input_bytes'),
    sentBytes: field('total_net_output_bytes'),
  };
}

/** All memory that a Redis uses, in bytes. */
export async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1] ?? Number.NaN);
}

const SCANNED_AT_ONCE = 1000;

/** What a Redis uses for the keys that match, in bytes. */
export async function memoryOf(redis: Redis, pattern: string): Promise<number> {
  let total = 0;
  for await (const keys of redis.scanStream({ match: pattern, count: SCANNED_AT_ONCE })) {
    const sizes = redis.pipeline();
    for (const key of keys as string[]) sizes.call('MEMORY', 'USAGE', key, 'SAMPLES', '0');
    for (const [, size] of (await sizes.exec()) ?? []) total += Number(size);
  }
  return total;
}

/** Removes the keys that match. */
export async function removeKeys(redis: Redis, pattern: string): Promise<void> {
  for await (const keys of redis.scanStream({ match: pattern, count: SCANNED_AT_ONCE }))
    if ((keys as string[]).length > 0) await redis.del(...(keys as string[]));
}
