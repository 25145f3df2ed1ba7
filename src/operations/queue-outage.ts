import { ApiError } from '../platform/http/problems/api-error.js';
import { redisFailure } from '../platform/redis/connection/redis-failure.js';
import { outageOf } from '../platform/redis/connection/redis-outage.js';
import type { RedisTarget } from '../platform/redis/connection/redis-target.js';
import { RedisSilentError } from '../platform/redis/silence-watch.js';
import { PROBLEMS } from '../problems/catalogue.js';
import type { ApiConnection } from '../queue/connections/api.connection.js';

/**
 * Tells operators what is wrong with Redis where clients are only told to ask again.
 *
 * @throws {ApiError} `queue_unavailable`
 */
export async function explained<T>(
  connection: Pick<ApiConnection, 'isReady'>,
  target: RedisTarget,
  operation: () => Promise<T>,
): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== PROBLEMS.queue_unavailable.code) throw error;
    const reason = connection.isReady ? refusalIn(error.cause, target) : outageOf(target).reason;
    const detail = `Redis cannot be used, so nothing is accepted and nothing new is sent: ${reason}`;
    throw new ApiError(PROBLEMS.queue_unavailable, detail, { cause: error });
  }
}

function refusalIn(cause: unknown, target: RedisTarget): string {
  if (!(cause instanceof Error)) return outageOf(target).reason;
  return cause instanceof RedisSilentError ? cause.message : redisFailure(target, cause);
}
