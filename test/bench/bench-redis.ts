import { Redis } from 'ioredis';
import { readEnvironment } from '../../src/config/environment.js';
import type { Program } from '../../src/demo/program.js';
import { provideRedis, provideRedisServer } from '../../src/demo/redis/provide-redis.js';
import { RedisEnvironment } from '../../src/demo/redis/redis-environment.js';
import type { Cores } from './cores.js';

export interface BenchRedis {
  readonly url: string;
  /** Whether it is kept to its core; one in Docker is not. */
  readonly hasCore: boolean;
}

/** A Redis of its own, never that of REDIS_URL, which others may be using; kept to a core where that can be. */
export async function provideBenchRedis(program: Program, cores: Cores | null): Promise<BenchRedis> {
  const log = (line: string): void => program.write(line);
  const { PATH, HOME, XDG_CACHE_HOME } = readEnvironment(RedisEnvironment);
  const environment = { PATH, HOME, XDG_CACHE_HOME };
  const server = await program.start(
    () => provideRedisServer({ environment }),
    async (started) => started?.close(),
  );
  if (server !== null) {
    const hasCore = cores !== null && server.pid !== undefined;
    if (hasCore) await cores.move(server.pid, 'redis');
    return { url: server.url, hasCore };
  }
  const container = await program.start(
    () => provideRedis({ log, environment, ways: ['docker'] }),
    (started) => started.close(),
  );
  return { url: container.url, hasCore: false };
}

export async function versionOf(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown';
  } finally {
    redis.disconnect();
  }
}
