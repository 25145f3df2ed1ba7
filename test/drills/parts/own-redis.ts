import type { Program } from '../../../src/demo/program.js';
import { provideRedisServer } from '../../../src/demo/redis/provide-redis.js';
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
  return program.start(
    () => provideRedisServer({ appendOnly }),
    (server) => server.close(),
  );
}
