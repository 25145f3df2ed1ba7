import type { LoggerService } from '@nestjs/common';
import { askNode } from './ask-node.js';
import type { RedisClient } from './connection/client.js';
import { evicting } from './redis.errors.js';
import type { UnusableRedisError } from './redis.errors.js';

const SAFE_POLICY = 'noeviction';

/**
 * Checks that Redis keeps acknowledged writes. The eviction policy matters even without `maxmemory`, because a limit
 * that is set later would evict jobs. https://docs.bullmq.io/guide/going-to-production#max-memory-policy
 *
 * @throws {UnusableRedisError} Redis may evict jobs, and `allowUnsafe` is not set
 */
export async function checkRedisSafety(
  redis: RedisClient,
  prefix: string,
  allowUnsafe: boolean,
  logger: LoggerService,
): Promise<void> {
  const unsafe = await evictionOf(redis, prefix, logger);
  if (unsafe !== null && !allowUnsafe) throw unsafe;
  if (unsafe !== null) logger.warn('Redis may evict jobs', { reason: unsafe.message });
  if (await keepsNothing(redis, prefix, logger)) {
    logger.warn('Redis keeps nothing on disk: its restart loses every cancellation', {
      advice: 'Set appendonly yes, with CONFIG SET and in redis.conf',
    });
  }
}

async function evictionOf(
  redis: RedisClient,
  prefix: string,
  logger: LoggerService,
): Promise<UnusableRedisError | null> {
  // Managed services often forbid CONFIG but allow INFO.
  const policy = await ask(logger, 'whether Redis may evict jobs', async () =>
    infoField(await info(redis, prefix, 'memory'), 'maxmemory_policy'),
  );
  return policy === null || policy === SAFE_POLICY ? null : evicting(policy);
}

async function keepsNothing(redis: RedisClient, prefix: string, logger: LoggerService): Promise<boolean> {
  const question = 'whether Redis keeps its data on disk';
  const appendOnly = await ask(logger, question, async () =>
    infoField(await info(redis, prefix, 'persistence'), 'aof_enabled'),
  );
  if (appendOnly !== '0') return false;
  const snapshots = await ask(logger, question, async () => {
    const [, save] = await askNode<string[]>(redis, prefix, (commands) => commands.config('GET', 'save'));
    return save ?? null;
  });
  return snapshots === '';
}

const info = (redis: RedisClient, prefix: string, section: string): Promise<string> =>
  askNode(redis, prefix, (commands) => commands.info(section));

/** The answer of Redis, or null with a log line if Redis refuses to answer or does not know. */
async function ask(
  logger: LoggerService,
  subject: string,
  question: () => Promise<string | null>,
): Promise<string | null> {
  const [answer, error] = await question().then(
    (value) => [value, undefined] as const,
    (reason: unknown) => [null, String(reason)] as const,
  );
  if (answer === null) logger.log('Redis could not be checked', { question: subject, error });
  return answer;
}

/** The value of a field of INFO, or null. https://redis.io/docs/latest/commands/info/ */
function infoField(info: string, name: string): string | null {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? null;
}
