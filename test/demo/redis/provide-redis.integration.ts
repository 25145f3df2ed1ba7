import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { readEnvironment } from '../../../src/config/environment.js';
import { findCommand } from '../../../src/demo/redis/commands.js';
import { provideRedis } from '../../../src/demo/redis/provide-redis.js';
import type { ProvidedRedis, ProvideRedisOptions } from '../../../src/demo/redis/provide-redis.js';
import { RedisEnvironment } from '../../../src/demo/redis/redis-environment.js';
import { pingRedis } from '../../../src/demo/redis/redis-url.js';
import { fakeApt } from '../fixtures/fake-apt.js';
import { ownRedis } from '../fixtures/own-redis.js';
import { scratchFolder, writeCommand } from '../fixtures/scratch.js';

async function provide(options: ProvideRedisOptions): Promise<ProvidedRedis> {
  const redis = await provideRedis({ ways: ['path', 'debian-packages'], ...options });
  onTestFinished(() => redis.close());
  return redis;
}

/** A script that is the redis-server of this system. */
async function serverScript(): Promise<string> {
  const { options } = await ownRedis();
  const variables = Object.entries(options.env ?? {}).map(([name, value]) => `${name}='${value}'`);
  return `${variables.join(' ')} exec '${options.binary}' "$@"`;
}

describe('provideRedis', () => {
  it('takes REDIS_URL before anything else, and leaves that Redis running', async () => {
    const { environment, actions } = await fakeApt();
    const redisUrl = inject('redisUrl');
    await writeCommand(environment.PATH, 'redis-server', 'exit 1');
    const redis = await provide({ environment: { ...environment, REDIS_URL: redisUrl } });
    expect(redis).toMatchObject({ source: 'REDIS_URL', url: redisUrl });
    await redis.close();
    await expect(pingRedis(redisUrl, 1_000)).resolves.toBeUndefined();
    expect(await actions()).toEqual([]);
  });

  it('takes a server on the PATH before packages, and ends it on close', async () => {
    const { environment, actions } = await fakeApt();
    const binary = await writeCommand(environment.PATH, 'valkey-server', await serverScript());
    const redis = await provide({ environment });
    expect(redis).toMatchObject({ source: 'path', description: binary });
    await expect(pingRedis(redis.url, 1_000)).resolves.toBeUndefined();
    await redis.close();
    await expect(pingRedis(redis.url, 1_000)).rejects.toThrow('ECONNREFUSED');
    expect(await actions()).toEqual([]);
  });

  it('goes on to the packages when the server on the PATH does not start', async () => {
    const { environment } = await fakeApt({ server: await serverScript() });
    await writeCommand(environment.PATH, 'redis-server', 'echo "wrong libc"; exit 1');
    const lines: string[] = [];
    const redis = await provide({ environment, log: (line) => lines.push(line) });
    expect(redis.source).toBe('debian-packages');
    expect(lines[0]).toContain('wrong libc');
    await expect(pingRedis(redis.url, 1_000)).resolves.toBeUndefined();
  });

  it("fetches Debian's packages where there are such, for a user with an empty home", async () => {
    const { PATH } = readEnvironment(RedisEnvironment);
    const environment = { PATH, HOME: await scratchFolder() };
    const outcome = await provide({ environment, ways: ['debian-packages'] }).catch(
      (error: unknown) => error,
    );
    const apt = await findCommand(['apt-get'], PATH);
    expect(outcome).toMatchObject(
      apt === undefined ? { name: 'NoRedisError' } : { source: 'debian-packages' },
    );
  }, 150_000);
});
