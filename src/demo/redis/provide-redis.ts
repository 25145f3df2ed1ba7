import { IsOptional, Matches } from 'class-validator';
import { readEnvironment } from '../../config/environment.js';
import { debianRedis } from './debian-redis.js';
import { startRedisContainer } from './redis-container.js';
import { startRedisServer } from './redis-server.js';
import type { RedisServer, RedisServerOptions } from './redis-server.js';
import { hidePassword, pingRedis } from './redis-url.js';

const PING_LIMIT_MS = 3000;

export class RedisEnvironment {
  @IsOptional()
  @Matches(/^rediss?:\/\/./, { message: 'REDIS_URL must be a redis:// or rediss:// URL' })
  readonly REDIS_URL?: string;
}

export interface ProvidedRedis {
  readonly url: string;
  /** For people; without password. */
  readonly description: string;
  /** Stops what was started; the Redis of REDIS_URL is left alone. */
  close(): Promise<void>;
}

/** There is no Redis; the message says what was tried and what to do. */
export class NoRedisError extends Error {
  override readonly name = 'NoRedisError';
}

/** A way of getting a Redis, and its name for people. */
type Way<T> = readonly [name: string, start: () => Promise<T>];

/**
 * A Redis for the demo, the development server and the tests: the one of REDIS_URL, else a server on the PATH, a
 * container, or a server unpacked from Debian's packages.
 *
 * @throws {NoRedisError} REDIS_URL is set and does not answer, or nothing works
 */
export async function provideRedis(
  { REDIS_URL } = readEnvironment(RedisEnvironment),
): Promise<ProvidedRedis> {
  if (REDIS_URL !== undefined) return useRedis(REDIS_URL);
  const [path, debian] = serverWays({});
  return firstThatWorks<ProvidedRedis>([...path, ['a container', startRedisContainer], ...debian]);
}

/**
 * A Redis process of the caller's own, which it may pause, kill and restart; REDIS_URL and containers are ignored.
 *
 * @throws {NoRedisError} this machine has no redis-server and cannot fetch one
 */
export function provideRedisServer(
  options: Omit<RedisServerOptions, 'binary' | 'env'> = {},
): Promise<RedisServer> {
  return firstThatWorks(serverWays(options).flat());
}

function serverWays(
  options: Omit<RedisServerOptions, 'binary' | 'env'>,
): [Way<RedisServer>[], Way<RedisServer>[]] {
  const onPath = ['redis-server', 'valkey-server'].map((binary): Way<RedisServer> => [
    `${binary} on the PATH`,
    () => startRedisServer({ ...options, binary }),
  ]);
  const unpacked: Way<RedisServer> = [
    "Debian's packages",
    async () => startRedisServer({ ...options, ...(await debianRedis()) }),
  ];
  return [onPath, [unpacked]];
}

async function useRedis(url: string): Promise<ProvidedRedis> {
  try {
    await pingRedis(url, PING_LIMIT_MS);
  } catch (error) {
    // Without its cause: the error of the client contains the command, which may be AUTH.
    const reason = (error as Error).message;
    throw new NoRedisError(`REDIS_URL is set to ${hidePassword(url)}, but no Redis answers there: ${reason}`);
  }
  return { url, description: 'REDIS_URL', close: async () => {} };
}

async function firstThatWorks<T>(ways: readonly Way<T>[]): Promise<T> {
  const failures: string[] = [];
  for (const [name, start] of ways) {
    try {
      return await start();
    } catch (error) {
      failures.push(`  - ${name}: ${(error as Error).message.replaceAll('\n', '\n      ')}`);
    }
  }
  const advice = 'Install redis-server, start Docker, or set REDIS_URL.';
  throw new NoRedisError(['No Redis was found. Tried, in this order:', ...failures, advice].join('\n'));
}
