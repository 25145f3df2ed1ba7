import type { ChainableCommander } from 'ioredis';
import type { RedisClient } from './connection/client.js';

/**
 * Asks the Redis that has the service's keys: of a cluster, the master of their slot. The answer is about that server,
 * such as INFO, so it has no key that would say where the question goes.
 *
 * @param ask adds one command
 */
export async function askNode<T>(
  redis: RedisClient,
  prefix: string,
  ask: (commands: ChainableCommander) => ChainableCommander,
): Promise<T> {
  // ioredis sends all commands of a pipeline to the node of the keys in it.
  const results = await ask(redis.pipeline().exists(`${prefix}:data`)).exec();
  const [error, answer] = results?.at(-1) ?? [new Error('Redis gave no answer')];
  if (error !== null) throw error;
  return answer as T;
}
