import { readEnvironment } from '../../config/environment.js';
import { findCommand } from './commands.js';
import { provideDebianRedis } from './debian-packages.js';
import { startDockerRedis } from './docker-redis.js';
import { findRedisOnPath } from './redis-binary.js';
import type { RedisBinary } from './redis-binary.js';
import { RedisEnvironment } from './redis-environment.js';
import { startRedisServer } from './redis-server.js';
import type { RedisServer, RedisServerOptions } from './redis-server.js';
import { NoRedisError, UnreachableRedisError, redisAdvice } from './redis.errors.js';
import type { FailedAttempt } from './redis.errors.js';
import { hidePassword, pingRedis } from './redis-url.js';

const PING_LIMIT_MS = 3_000;

export interface ProvidedRedis {
  readonly url: string;
  readonly source: 'REDIS_URL' | 'docker' | 'path' | 'debian-packages';
  /** For people; shows no password. */
  readonly description: string;
  /** Ends what was started; a Redis of REDIS_URL is left alone. */
  close(): Promise<void>;
}

export interface ProvideRedisOptions {
  /** Takes lines that tell what is going on, for some ways take seconds. */
  readonly log?: (line: string) => void;
  /** That of this process unless given. */
  readonly environment?: RedisEnvironment;
  /** Which ways to try after REDIS_URL, in an order that does not change; all of them unless given. */
  readonly ways?: readonly Way[];
}

export type ProvideRedisServerOptions = Pick<RedisServerOptions, 'port' | 'appendOnly'> &
  Pick<ProvideRedisOptions, 'log' | 'environment'>;

type Way = Exclude<ProvidedRedis['source'], 'REDIS_URL'>;

interface Candidate<T> {
  readonly way: Way;
  readonly provide: () => Promise<T>;
}

const WAY_NAMES: Readonly<Record<Way, string>> = {
  docker: 'Docker',
  path: 'redis-server or valkey-server on the PATH',
  'debian-packages': "Debian's packages",
};

/**
 * The Redis of a development run: that of REDIS_URL, else one in Docker, else a redis-server of this system,
 * else one out of Debian's packages that is unpacked without being installed.
 *
 * @throws {UnreachableRedisError} when REDIS_URL is set and nothing answers there
 * @throws {NoRedisError} when no way leads to a Redis
 */
export async function provideRedis(options: ProvideRedisOptions = {}): Promise<ProvidedRedis> {
  const { log = ignore, environment = readEnvironment(RedisEnvironment), ways } = options;
  if (environment.REDIS_URL !== undefined) {
    return useRedisUrl(environment.REDIS_URL);
  }
  const candidates: Candidate<ProvidedRedis>[] = [
    { way: 'docker', provide: () => provideFromDocker(log) },
    ...binaryCandidates(environment, log).map(({ way, provide }) => ({
      way,
      provide: async () => provideFromBinary(await provide()),
    })),
  ];
  const attempts: FailedAttempt[] = [{ way: 'REDIS_URL', reason: 'not set' }];
  const allowed = candidates.filter(({ way }) => ways?.includes(way) ?? true);
  const redis = await firstThatWorks(allowed, log, attempts);
  if (!redis) {
    const apt = await findCommand(['apt-get'], environment.PATH);
    throw new NoRedisError(attempts, redisAdvice(process.platform, apt !== undefined));
  }
  return redis;
}

/**
 * A Redis process that only the caller uses and may pause, kill and start again, whatever REDIS_URL and
 * Docker offer. Null when this system has no redis-server and its packages cannot be had.
 */
export async function provideRedisServer(
  options: ProvideRedisServerOptions = {},
): Promise<RedisServer | null> {
  const { log = ignore, environment = readEnvironment(RedisEnvironment), port, appendOnly } = options;
  const candidates = binaryCandidates(environment, log).map(({ way, provide }) => ({
    way,
    provide: async () => startRedisServer({ ...(await provide()), port, appendOnly }),
  }));
  return (await firstThatWorks(candidates, log)) ?? null;
}

function binaryCandidates(
  environment: RedisEnvironment,
  log: (line: string) => void,
): Candidate<RedisBinary>[] {
  return [
    { way: 'path', provide: () => findRedisOnPath(environment.PATH) },
    { way: 'debian-packages', provide: () => provideDebianRedis(environment, { log }) },
  ];
}

async function firstThatWorks<T>(
  candidates: readonly Candidate<T>[],
  log: (line: string) => void,
  attempts: FailedAttempt[] = [],
): Promise<T | undefined> {
  for (const { way, provide } of candidates) {
    try {
      return await provide();
    } catch (error) {
      const attempt = { way: WAY_NAMES[way], reason: (error as Error).message };
      attempts.push(attempt);
      log(`No Redis from ${attempt.way}: ${attempt.reason}`);
    }
  }
  return undefined;
}

async function useRedisUrl(url: string): Promise<ProvidedRedis> {
  try {
    await pingRedis(url, PING_LIMIT_MS);
  } catch (error) {
    // Only its message: an error of the client carries the command, which may be AUTH.
    throw new UnreachableRedisError(url, (error as Error).message);
  }
  return { url, source: 'REDIS_URL', description: `REDIS_URL (${hidePassword(url)})`, close: async () => {} };
}

async function provideFromDocker(log: (line: string) => void): Promise<ProvidedRedis> {
  const redis = await startDockerRedis(log);
  return { url: redis.url, source: 'docker', description: `${redis.image} in Docker`, close: redis.close };
}

async function provideFromBinary(redis: RedisBinary): Promise<ProvidedRedis> {
  const server = await startRedisServer(redis);
  return {
    url: server.url,
    source: redis.source,
    description: redis.source === 'path' ? redis.binary : `${redis.binary}, unpacked from Debian's packages`,
    close: () => server.close(),
  };
}

function ignore(): void {}
