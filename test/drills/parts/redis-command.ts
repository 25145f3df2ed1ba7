import { Redis } from 'ioredis';

/** Sends one command to the Redis at this URL, on a connection of its own. */
export async function redisCommand(redisUrl: string, name: string, ...args: string[]): Promise<unknown> {
  const redis = new Redis(redisUrl, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  try {
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}
