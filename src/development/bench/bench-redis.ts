import { Redis } from 'ioredis';
import { readEnvironment } from '../../config/environment.js';
import type { Program } from '../program.js';
import { provideRedis, provideRedisServer } from '../redis/provide-redis.js';
import { RedisEnvironment } from '../redis/redis-environment.js';
import type { Cores } from './cores.js';

/** A Redis of its own, never that of REDIS_URL, which others may be using; kept to a core unless it is in Docker. */
export async function startBenchRedis(program: Program, cores: Cores | null): Promise<string> {
  const log = (line: string): void => program.write(line);
  const { PATH, HOME, XDG_CACHE_HOME } = readEnvironment(RedisEnvironment);
  const environment = { PATH, HOME, XDG_CACHE_HOME };
  const server = await program.start(
    () => provideRedisServer({ environment }),
    async (started) => started?.close(),
  );
  if (server !== null) {
    if (server.pid !== undefined) await cores?.move(server.pid, 'redis');
    return server.url;
  }
  const container = await program.start(
    () => provideRedis({ log, environment, ways: ['docker'] }),
    (started) => started.close(),
  );
  return container.url;
}

export async function redisVersion(program: Program): Promise<string> {
  const redis = new Redis(await startBenchRedis(program, null));
  try {
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown';
  } finally {
    redis.disconnect();
  }
}
