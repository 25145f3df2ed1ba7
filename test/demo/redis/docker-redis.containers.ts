import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { provideRedis } from '../../../src/demo/redis/provide-redis.js';
import { pingRedis } from '../../../src/demo/redis/redis-url.js';
import { fakeApt } from '../fixtures/fake-apt.js';
import { writeCommand } from '../fixtures/scratch.js';

describe('provideRedis with a Docker engine', () => {
  it('takes a container before a server on the PATH, and removes it on close', async () => {
    const { environment } = await fakeApt();
    await writeCommand(environment.PATH, 'redis-server', 'exit 1');
    const redis = await provideRedis({ environment });
    onTestFinished(() => redis.close());
    expect(redis).toMatchObject({ source: 'docker', description: 'redis:8 in Docker' });

    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);

    client.disconnect();
    await redis.close();
    await expect(pingRedis(redis.url, 1_000)).rejects.toThrow('ECONNREFUSED');
  });
});
