import type { Redis } from 'ioredis';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { connectFailingFast, connectWaiting } from '../../src/redis/connections.js';
import type { RedisServer } from '../../src/development/redis/redis-server.js';
import { ownRedis } from '../development/fixtures/own-redis.js';
import { KeptLogger } from '../support/kept-logger.js';

/** So often that a line for each would show. */
const TRIES = 4;

/** Unlike Node's `once`, not ended by the errors that an outage is made of. */
const heard = (redis: Redis, event: string): Promise<void> =>
  new Promise((resolve) => {
    redis.once(event, () => resolve());
  });

async function tries(redis: Redis, count = TRIES): Promise<void> {
  for (let i = 0; i < count; i += 1) await heard(redis, 'reconnecting');
}

const BACK = ['log', 'Redis is back'];
const lost = (error: string) => ['warn', 'Redis lost', { error: expect.stringContaining(error) as string }];

describe.each([
  { connect: connectFailingFast, waits: 'fails fast' },
  { connect: connectWaiting, waits: 'waits' },
])('a connection that $waits', ({ connect }) => {
  let server: RedisServer;
  let logger: KeptLogger;

  beforeEach(async () => {
    server = await ownRedis();
    logger = new KeptLogger('Connection');
  });

  function connected(url = server.url): Redis {
    const redis = connect(url, logger);
    onTestFinished(() => redis.disconnect());
    return redis;
  }

  it('logs one line when Redis is lost and one when it is back, each time', async () => {
    const redis = connected();
    await heard(redis, 'ready');
    expect(logger.lines).toEqual([]);

    for (let outage = 0; outage < 2; outage += 1) {
      logger.lines.length = 0;
      const away = tries(redis);
      await server.kill();
      await away;
      expect(logger.lines).toEqual([lost('')]);

      const ready = heard(redis, 'ready');
      await server.restart();
      await ready;
      expect(logger.lines).toEqual([lost(''), BACK]);
    }
  });

  it('logs one line where Redis is away from the start, and one when it is there', async () => {
    await server.kill();
    const redis = connected();
    await tries(redis);
    expect(logger.lines).toEqual([lost('ECONNREFUSED')]);

    const ready = heard(redis, 'ready');
    await server.restart();
    await ready;
    expect(logger.lines).toEqual([lost('ECONNREFUSED'), BACK]);
  });

  it('logs one line where Redis refuses the password', async () => {
    const admin = connected();
    await heard(admin, 'ready');
    await admin.config('SET', 'requirepass', 'right');
    await tries(connected(server.url.replace('//', '//:wrong@')));
    expect(logger.lines).toEqual([lost('WRONGPASS')]);
    expect(JSON.stringify(logger.lines)).not.toContain('wrong@');
  });

  it('logs a connection that was closed and is made again at once', async () => {
    const redis = connected();
    const admin = connected();
    await Promise.all([heard(redis, 'ready'), heard(admin, 'ready')]);
    const id = await redis.client('ID');
    const again = heard(redis, 'ready');
    await admin.client('KILL', 'ID', id);
    await again;
    expect(logger.lines).toEqual([lost('the connection was closed'), BACK]);
  });

  it('logs nothing when it is closed by us', async () => {
    const redis = connected();
    await heard(redis, 'ready');
    const ended = heard(redis, 'end');
    redis.disconnect();
    await ended;
    expect(logger.lines).toEqual([]);
  });
});
