import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { startRedisContainer } from '../../../src/demo/redis/redis-container.js';
import { pingRedis } from '../../../src/demo/redis/redis-url.js';

it('starts a Redis that evicts nothing in a container, and removes it on close', async () => {
  const redis = await startRedisContainer();
  onTestFinished(() => redis.close().catch(() => undefined));
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  client.disconnect();
  await redis.close();
  await expect(pingRedis(redis.url, 1_000)).rejects.toThrow('ECONNREFUSED');
});
