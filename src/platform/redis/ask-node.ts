import type { ChainableCommander } from 'ioredis';
import type { RedisClient } from './connection/client.js';

/**
 * Asks the Redis that has the service's keys: of a cluster, the master of their slot. The answer is about that server,
 * such as INFO, so it has no key that would say where the question goes.
 *
 * @param ask adds one command
 * @throws {Error} Redis' refusal
 */
export async function askNode<T>(
  redis: RedisClient,
  prefix: string,
  ask: (commands: ChainableCommander) => ChainableCommander,
): Promise<T> {
  // ioredis sends a transaction to the node of the keys in it, and again if the slot has moved.
  const results = await ask(redis.multi().exists(`${prefix}:data`))
    .exec()
    .catch((error: Error & { previousErrors?: Error[] }) => {
      throw error.previousErrors?.[0] ?? error;
    });
  const [error, answer] = results?.at(-1) ?? [new Error('Redis gave no answer')];
  if (error !== null) throw error;
  return answer as T;
}
