import type { Program } from '../../../src/demo/program.js';
import { provideRedisServer } from '../../../src/demo/redis/provide-redis.js';
import { NoRedisError, redisAdvice } from '../../../src/demo/redis/redis.errors.js';
import type { FailedAttempt } from '../../../src/demo/redis/redis.errors.js';
import type { RedisServer } from '../../../src/demo/redis/redis-server.js';

/**
 * A Redis process that nobody else uses and that may be killed; it ends with the program.
 *
 * @throws {NoRedisError} this machine has no redis-server
 */
export async function startOwnRedis(
  program: Program,
  { appendOnly }: { readonly appendOnly: boolean },
): Promise<RedisServer> {
  const attempts: FailedAttempt[] = [];
  const log = (reason: string): number => attempts.push({ way: 'a server of its own', reason });
  return program.start(
    async () => {
      const server = await provideRedisServer({ log, appendOnly });
      if (server === null) throw new NoRedisError(attempts, redisAdvice(process.platform, true));
      return server;
    },
    (server) => server.close(),
  );
}
