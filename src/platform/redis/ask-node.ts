import type { ChainableCommander } from 'ioredis';
import type { RedisClient } from './connection/client.js';

/**
 * Asks the Redis that has the service's keys: of a cluster, the master of their slot. The answer is about that server,
 * such as INFO, so it has no key that would say where the question goes.
 *
 * @param ask adds one command
 * @throws {Error} Redis' refusal, or that the slot has just moved to another node of the cluster
 */
export async function askNode<T>(
  redis: RedisClient,
  prefix: string,
  ask: (commands: ChainableCommander) => ChainableCommander,
): Promise<T> {
  // ioredis sends a pipeline to the node of the keys in it. A full Redis would refuse every command of a transaction.
  const results = await ask(redis.pipeline().exists(`${prefix}:data`)).exec();
  for (const [error] of results ?? []) if (error !== null) throw error;
  return results?.at(-1)?.[1] as T;
}
