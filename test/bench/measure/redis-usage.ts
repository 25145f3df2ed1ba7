import type { Redis } from 'ioredis';

/** How many commands a Redis has run since its start, by INFO; commands inside scripts count, INFO itself does not. */
export async function commandsOf(redis: Redis): Promise<number> {
  return commandsIn(await redis.info('commandstats'));
}

export function commandsIn(commandStats: string): number {
  const calls = [...commandStats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  return calls.filter(([, name]) => name !== 'info').reduce((total, [, , count]) => total + Number(count), 0);
}

/** All memory that a Redis uses, in bytes. */
export async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1] ?? Number.NaN);
}
