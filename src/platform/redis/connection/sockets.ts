import { Cluster } from 'ioredis';
import type { Redis } from 'ioredis';
import type { RedisClient } from './client.js';

/** Calls back whenever Redis, or any node of a cluster, sends anything. */
export function onEachAnswer(client: RedisClient, callback: () => void): void {
  const listen = (redis: Redis): void => {
    redis.on('connect', () => redis.stream.on('data', callback));
  };
  if (client instanceof Cluster) client.on('+node', listen);
  else listen(client);
}
