import { readEnvironment } from '../../src/config/environment.js';
import type { Program } from '../../src/demo/program.js';
import { provideRedisServer } from '../../src/demo/redis/provide-redis.js';
import { NoRedisError, redisAdvice } from '../../src/demo/redis/redis.errors.js';
import type { FailedAttempt } from '../../src/demo/redis/redis.errors.js';
import { RedisEnvironment } from '../../src/demo/redis/redis-environment.js';
import type { RedisServer } from '../../src/demo/redis/redis-server.js';

/**
 * A Redis process that the drill may kill.
 *
 * @throws {NoRedisError} this machine has no redis-server
 */
export async function startOwnRedis(program: Program, appendOnly: boolean): Promise<RedisServer> {
  const { PATH, HOME, XDG_CACHE_HOME } = readEnvironment(RedisEnvironment);
  const environment = { PATH, HOME, XDG_CACHE_HOME };
  const tried: FailedAttempt[] = [];
  const log = (reason: string): number => tried.push({ way: 'a server of its own', reason });
  return program.start(
    async () => {
      const server = await provideRedisServer({ log, environment, appendOnly });
      if (server === null) throw new NoRedisError(tried, redisAdvice(process.platform, true));
      return server;
    },
    (server) => server.close(),
  );
}
