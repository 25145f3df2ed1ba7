import type { LoggerService } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { UnsafeRedisError } from './redis.errors.js';

const SAFE_POLICY = 'noeviction';

/**
 * Whether Redis keeps what it has acknowledged. The policy counts even where no `maxmemory` is set: a limit that is set
 * later would lose jobs. https://docs.bullmq.io/guide/going-to-production#max-memory-policy
 *
 * @throws {UnsafeRedisError} Redis may evict jobs, and `allowUnsafe` is not set
 */
export async function checkRedisSafety(
  redis: Redis,
  allowUnsafe: boolean,
  logger: LoggerService,
): Promise<void> {
  const unsafe = await evictionOf(redis, logger);
  if (unsafe !== null && !allowUnsafe) throw unsafe;
  if (unsafe !== null) logger.warn(unsafe.message);
  if (await keepsNothing(redis, logger)) {
    logger.warn(
      'Redis keeps nothing on disk: its restart loses every cancellation. Set appendonly yes, ' +
        'with CONFIG SET and in redis.conf',
    );
  }
}

async function evictionOf(redis: Redis, logger: LoggerService): Promise<UnsafeRedisError | null> {
  // Managed services allow INFO where they forbid CONFIG.
  const policy = await told(logger, 'whether Redis may evict jobs', async () =>
    infoField(await redis.info('memory'), 'maxmemory_policy'),
  );
  return policy === null || policy === SAFE_POLICY ? null : new UnsafeRedisError(policy);
}

async function keepsNothing(redis: Redis, logger: LoggerService): Promise<boolean> {
  const question = 'whether Redis keeps its data on disk';
  const appendOnly = await told(logger, question, async () =>
    infoField(await redis.info('persistence'), 'aof_enabled'),
  );
  if (appendOnly !== '0') return false;
  const snapshots = await told(logger, question, async () => {
    const [, save] = await redis.config('GET', 'save');
    return save ?? null;
  });
  return snapshots === '';
}

/** What Redis tells; where it refuses to, or does not know, one line says that. */
async function told(
  logger: LoggerService,
  question: string,
  ask: () => Promise<string | null>,
): Promise<string | null> {
  const [answer, error] = await ask().then(
    (value) => [value, undefined] as const,
    (reason: unknown) => [null, String(reason)] as const,
  );
  if (answer === null) logger.log(`${question} could not be checked`, { error });
  return answer;
}

/** A line of https://redis.io/docs/latest/commands/info/; null where it is missing. */
function infoField(info: string, name: string): string | null {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? null;
}
