import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { InvalidEnvironmentError, readEnvironment } from '../../../src/config/environment.js';
import { runCommand } from '../../../src/demo/redis/commands.js';
import { debianRedis } from '../../../src/demo/redis/debian-redis.js';
import {
  NoRedisError,
  provideRedis,
  provideRedisServer,
  RedisEnvironment,
} from '../../../src/demo/redis/provide-redis.js';
import { startRedisServer } from '../../../src/demo/redis/redis-server.js';
import { pingRedis } from '../../../src/demo/redis/redis-url.js';
import { fakeApt } from '../fixtures/fake-apt.js';
import { scratchFolder } from '../fixtures/scratch.js';

const hasApt = await runCommand(['apt-get', '--version']).then(
  () => true,
  () => false,
);

describe('provideRedis', () => {
  it('uses the Redis of REDIS_URL and leaves it running', async () => {
    const REDIS_URL = inject('redisUrl');
    const redis = await provideRedis({ REDIS_URL });
    expect(redis).toMatchObject({ url: REDIS_URL, description: 'REDIS_URL' });
    await redis.close();
    await expect(pingRedis(REDIS_URL, 1_000)).resolves.toBeUndefined();
  });

  it('looks no further when nothing answers at REDIS_URL, and hides its password', async () => {
    const failure = provideRedis({ REDIS_URL: 'redis://:secret@127.0.0.1:1' });
    await expect(failure).rejects.toThrow(NoRedisError);
    await expect(failure).rejects.toThrow(
      /^REDIS_URL is set to redis:\/\/:\*\*\*@127\.0\.0\.1:1, .*ECONNREFUSED/,
    );
  });

  it('rejects a malformed REDIS_URL without showing it', () => {
    expect(() => readEnvironment(RedisEnvironment, { REDIS_URL: 'secret@host' })).toThrow(
      new InvalidEnvironmentError(['REDIS_URL must be a redis:// or rediss:// URL']),
    );
  });
});

describe('provideRedisServer', () => {
  it('names every failed way and its reason when there is no server', async () => {
    await fakeApt({ install: 'echo "E: no network" >&2; exit 100', only: true });
    const failure = provideRedisServer();
    await expect(failure).rejects.toThrow(NoRedisError);
    await expect(failure).rejects.toThrow(/redis-server on the PATH: [^]*Debian's packages: E: no network/);
  });
});

describe("Debian's packages", () => {
  it.skipIf(!hasApt)(
    'give a server that runs without being installed',
    async () => {
      const server = await startRedisServer(await debianRedis(await scratchFolder()));
      onTestFinished(() => server.close());
      await expect(pingRedis(server.url, 1_000)).resolves.toBeUndefined();
    },
    150_000,
  );
});
