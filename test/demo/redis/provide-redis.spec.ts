import { describe, expect, it } from 'vitest';
import { InvalidEnvironmentError, readEnvironment } from '../../../src/config/environment.js';
import { provideRedis, provideRedisServer } from '../../../src/demo/redis/provide-redis.js';
import { RedisEnvironment } from '../../../src/demo/redis/redis-environment.js';
import { NoRedisError, UnreachableRedisError } from '../../../src/demo/redis/redis.errors.js';
import { scratchFolder } from '../fixtures/scratch.js';

describe('provideRedis', () => {
  it('does not look further when REDIS_URL is set and nothing answers there', async () => {
    const failure = provideRedis({ environment: { REDIS_URL: 'redis://:secret@127.0.0.1:1' } });
    await expect(failure).rejects.toThrow(UnreachableRedisError);
    await expect(failure).rejects.toThrow(
      /^REDIS_URL is set to redis:\/\/:\*\*\*@127\.0\.0\.1:1, .*ECONNREFUSED/,
    );
  });

  it('refuses a REDIS_URL that is none, without showing it', () => {
    expect(() => readEnvironment(RedisEnvironment, { REDIS_URL: 'secret@host' })).toThrow(
      new InvalidEnvironmentError(['REDIS_URL must be a redis:// or rediss:// URL']),
    );
  });

  it('says what it tried when there is nothing', async () => {
    const lines: string[] = [];
    const failure = provideRedis({
      environment: { PATH: await scratchFolder() },
      ways: ['path', 'debian-packages'],
      log: (line) => lines.push(line),
    });
    await expect(failure).rejects.toThrow(NoRedisError);
    await expect(failure).rejects.toMatchObject({
      attempts: [
        { way: 'REDIS_URL', reason: 'not set' },
        { way: 'redis-server or valkey-server on the PATH', reason: 'neither is there' },
        { way: "Debian's packages", reason: 'this system has no apt-get and dpkg' },
      ],
    });
    expect(lines).toHaveLength(2);
  });
});

describe('provideRedisServer', () => {
  it('gives null when there is no server to start', async () => {
    expect(await provideRedisServer({ environment: { PATH: await scratchFolder() } })).toBeNull();
  });
});
