import type { LoggerService } from '@nestjs/common';
import { redisTargetOf } from '../config/redis/redis.environment.js';
import type { ServiceEnvironment } from '../config/service.environment.js';
import { checkSchema } from '../platform/redis/checks/schema.js';
import { requireUndeclaredKeys } from '../platform/redis/checks/undeclared-keys.js';
import type { RedisClient } from '../platform/redis/connection/client.js';
import { redisFailure } from '../platform/redis/connection/redis-failure.js';
import { outageOf } from '../platform/redis/connection/redis-outage.js';
import { requireRights } from '../platform/redis/redis-rights.js';
import { checkRedisSafety } from '../platform/redis/redis-safety.js';
import { UnusableRedisError } from '../platform/redis/redis.errors.js';
import { SCHEMA_VERSION } from '../schema-version.js';
import { failed, ok, warning } from './check.js';
import type { Finding } from './check.js';

const ADVICE = 'see "Redis" in docs/operations.md';

/** Whether Redis answers, permits what the service needs, has data that it knows, and keeps what it acknowledges. */
export async function checkRedis(redis: RedisClient, environment: ServiceEnvironment): Promise<Finding> {
  const { ALLOW_UNSAFE_REDIS, QUEUE_PREFIX } = environment;
  const warnings: string[] = [];
  const kept: LoggerService = {
    log: () => undefined,
    error: () => undefined,
    warn: (message: string) => warnings.push(message),
  };
  try {
    await requireRights(redis, QUEUE_PREFIX);
    await requireUndeclaredKeys(redis, QUEUE_PREFIX);
    await checkSchema(redis, QUEUE_PREFIX, SCHEMA_VERSION);
    await checkRedisSafety(redis, QUEUE_PREFIX, ALLOW_UNSAFE_REDIS, kept);
  } catch (error) {
    if (error instanceof UnusableRedisError) return failed(error.message, ADVICE);
    const target = redisTargetOf(environment);
    const reason = redis.status === 'ready' ? redisFailure(target, error as Error) : outageOf(target).reason;
    return failed(`it cannot be used: ${reason}`, ADVICE);
  }
  const [first] = warnings;
  return first === undefined ? ok('it keeps what it acknowledges') : warning(first, ADVICE);
}
