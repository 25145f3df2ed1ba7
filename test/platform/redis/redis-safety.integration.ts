import { Redis } from 'ioredis';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { checkRedisSafety } from '../../../src/platform/redis/redis-safety.js';
import { UnusableRedisError } from '../../../src/platform/redis/redis.errors.js';
import { ownRedis } from '../../demo/fixtures/own-redis.js';
import { KeptLogger } from '../../support/kept-logger.js';

let logger: KeptLogger;
beforeEach(() => {
  logger = new KeptLogger();
});

async function connected(options: { appendOnly?: boolean } = {}): Promise<Redis> {
  const redis = new Redis((await ownRedis(options)).url);
  onTestFinished(() => redis.disconnect());
  return redis;
}

const containing = (text: string) => expect.stringContaining(text) as string;
const notChecked = (question: string) => [
  'log',
  'Redis could not be checked',
  { question: containing(question), error: containing('NOPERM') },
];

describe('the safety check of Redis', () => {
  it('accepts a Redis that neither evicts nor forgets', async () => {
    const redis = await connected({ appendOnly: true });
    await redis.config('SET', 'maxmemory', '512mb');
    await checkRedisSafety(redis, '{test}', false, logger);
    expect(logger.lines).toEqual([]);
  });

  it.each(['allkeys-lru', 'volatile-ttl'])(
    'refuses maxmemory-policy %s, even without a maxmemory',
    async (policy) => {
      const redis = await connected({ appendOnly: true });
      await redis.config('SET', 'maxmemory-policy', policy);
      const refusal = await checkRedisSafety(redis, '{test}', false, logger).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(UnusableRedisError);
      for (const word of [policy, 'CONFIG SET maxmemory-policy noeviction', 'ALLOW_UNSAFE_REDIS=true']) {
        expect((refusal as Error).message).toContain(word);
      }
    },
  );

  it('only warns when ALLOW_UNSAFE_REDIS is set', async () => {
    const redis = await connected({ appendOnly: true });
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await checkRedisSafety(redis, '{test}', true, logger);
    expect(logger.lines).toEqual([
      ['warn', 'Redis may evict jobs', { reason: containing('maxmemory-policy is allkeys-lru') }],
    ]);
  });

  it('warns about a Redis that keeps nothing on disk, but not about one with snapshots', async () => {
    const redis = await connected();
    await checkRedisSafety(redis, '{test}', false, logger);
    expect(logger.lines).toEqual([
      ['warn', containing('keeps nothing on disk'), { advice: containing('appendonly yes') }],
    ]);

    logger.lines.length = 0;
    await redis.config('SET', 'save', '3600 1');
    await checkRedisSafety(redis, '{test}', false, logger);
    expect(logger.lines).toEqual([]);
  });

  it('logs what Redis does not permit it to check', async () => {
    const redis = await connected();
    await redis.call('ACL', 'SETUSER', 'default', '-config');
    await checkRedisSafety(redis, '{test}', false, logger);
    expect(logger.lines).toEqual([notChecked('keeps its data on disk')]);

    logger.lines.length = 0;
    await redis.call('ACL', 'SETUSER', 'default', '-info');
    await checkRedisSafety(redis, '{test}', false, logger);
    expect(logger.lines).toEqual([notChecked('may evict jobs'), notChecked('keeps its data on disk')]);
  });
});
