import type { Program } from '../../../src/demo/program.js';
import { provideRedisServer } from '../../../src/demo/redis/provide-redis.js';
import type { RedisServer } from '../../../src/demo/redis/redis-server.js';
import { HERE } from './premises.js';
import type { Place } from './premises.js';

/**
 * A Redis process that nobody else uses and that may be killed; it ends with the program.
 *
 * @throws {NoRedisError} this machine has no redis-server
 */
export async function startOwnRedis(
  program: Program,
  { appendOnly, place = HERE }: { readonly appendOnly: boolean; readonly place?: Place },
): Promise<RedisServer> {
  return program.start(
    () =>
      provideRedisServer({
        appendOnly,
        host: place.address,
        within: place.within,
        // Its hosts are the only ones that reach it.
        settings: ['--protected-mode', 'no'],
      }),
    (server) => server.close(),
  );
}
