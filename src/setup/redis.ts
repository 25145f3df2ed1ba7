import type { LoggerService } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { checkRedisSafety } from '../platform/redis/redis-safety.js';
import { UnsafeRedisError } from '../platform/redis/redis.errors.js';
import { failed, ok, warning } from './check.js';
import type { Finding } from './check.js';

const ADVICE = 'see "Redis" in docs/operations.md';

/** Whether Redis answers, and keeps what it acknowledges. */
export async function checkRedis(redis: Redis, allowUnsafe: boolean): Promise<Finding> {
  const warnings: string[] = [];
  const kept: LoggerService = {
    log: () => undefined,
    error: () => undefined,
    warn: (message: string) => warnings.push(message),
  };
  try {
    await redis.ping();
    await checkRedisSafety(redis, allowUnsafe, kept);
  } catch (error) {
    if (error instanceof UnsafeRedisError) return failed(error.message, ADVICE);
    return failed(
      `it cannot be reached: ${(error as Error).message}`,
      'check REDIS_URL, and that Redis runs',
    );
  }
  const [first] = warnings;
  return first === undefined ? ok('it keeps what it acknowledges') : warning(first, ADVICE);
}
