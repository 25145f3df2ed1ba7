import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { Redis } from 'ioredis';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectFailingFast, connectWaiting } from '../../../../src/platform/redis/connection/connections.js';
import { provideRedisServer } from '../../../../src/demo/redis/provide-redis.js';
import type { RedisServer } from '../../../../src/demo/redis/redis-server.js';
import { RedisOutage } from '../../../../src/platform/redis/connection/redis-outage.js';
import { ownRedis } from '../../../demo/fixtures/own-redis.js';
import { KeptLogger } from '../../../support/kept-logger.js';
import { TcpProxy } from '../../../support/tcp-proxy.js';

/** Enough to notice a log line per reconnection. */
const TRIES = 3;

const NUMBERS = Array.from({ length: 100 }, (_, index) => String(index));

/** The address of no master. */
const NOBODY = ['127.0.0.1', '1'] as const;

/** Unlike Node's `once`, not rejected by the errors of an outage. */
const heard = (redis: Redis, event: string): Promise<void> =>
  new Promise((resolve) => {
    redis.once(event, () => resolve());
  });

async function tries(redis: Redis, count = TRIES): Promise<void> {
  for (let i = 0; i < count; i += 1) await heard(redis, 'reconnecting');
}

const push = (redis: Redis, list: string): Promise<number>[] =>
  NUMBERS.map((number) => redis.rpush(list, number));

const BACK = ['log', 'Redis is back'];
const lost = (reason: string) => [
  'warn',
  'Redis is out of reach',
  { reason: expect.stringContaining(reason) as string },
];

/** How a crash shows on a connection: it ends, and then nothing listens. */
const KILLED = [lost('127.0.0.1:'), lost('nothing listens at 127.0.0.1:')];

/** The longest read of a BullMQ worker on an empty queue. It begins before the tests, because it takes 10 s. */
let blocked: Promise<unknown>;
beforeAll(async () => {
  const server = await provideRedisServer();
  const redis = connectWaiting({ kind: 'single', url: server.url });
  blocked = redis.bzpopmin('nothing', 10);
  return async () => {
    redis.disconnect();
    await server.close();
  };
});

describe('a connection', () => {
  let server: RedisServer;
  let logger: KeptLogger;

  beforeEach(async () => {
    server = await ownRedis();
    logger = new KeptLogger('Connection');
  });

  function connected(url = server.url, connect = connectWaiting): Redis {
    const target = { kind: 'single', url } as const;
    const redis = connect(target, new RedisOutage(target, logger)) as Redis;
    onTestFinished(() => redis.disconnect());
    return redis;
  }

  /** Waits for the line that Redis is back, which comes after `before` and nothing else. */
  const linesOnceBack = (): Promise<readonly unknown[]> =>
    vi.waitUntil(() => logger.lines.some((line) => isDeepStrictEqual(line, BACK)) && logger.lines, {
      timeout: 5000,
    });

  it('logs one line when Redis is away from the start, and one when it appears', async () => {
    await server.kill();
    const redis = connected();
    await tries(redis);
    expect(logger.lines).toEqual([lost('ECONNREFUSED')]);

    await server.restart();
    expect(await linesOnceBack()).toEqual([lost('ECONNREFUSED'), BACK]);
  });

  it('suggests TLS when Redis hangs up before it answers', async () => {
    const hangUp = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    onTestFinished(() => void hangUp.close());
    await once(hangUp, 'listening');
    await tries(connected(`redis://127.0.0.1:${(hangUp.address() as AddressInfo).port}`));
    expect(logger.lines).toEqual([lost('if it expects TLS, begin REDIS_URL with rediss://')]);
  });

  it('logs a connection that Redis closes, and the reconnection', async () => {
    const redis = connected();
    const admin = connected();
    await Promise.all([heard(redis, 'ready'), heard(admin, 'ready')]);
    await admin.client('KILL', 'ID', await redis.client('ID'));
    expect(await linesOnceBack()).toEqual([lost('connection was closed'), BACK]);
  });

  it('logs one line when Redis drops every connection at once, and one when it stops doing so', async () => {
    const redis = connected();
    await heard(redis, 'ready');
    for (let drop = 0; drop < TRIES; drop += 1) {
      const again = heard(redis, 'ready');
      redis.stream.destroy();
      await again;
    }
    expect(await linesOnceBack()).toEqual([lost('connection was closed'), BACK]);
  });

  it('is known as lost until it is back', async () => {
    const target = { kind: 'single', url: server.url } as const;
    const outage = new RedisOutage(target, logger);
    const redis = connectWaiting(target, outage) as Redis;
    onTestFinished(() => redis.disconnect());
    await heard(redis, 'ready');
    expect(outage.longestMs).toBe(0);

    const away = tries(redis, 2);
    await server.kill();
    await away;
    const lostFor = outage.longestMs;
    expect(lostFor).toBeGreaterThan(0);
    await heard(redis, 'reconnecting');
    expect(outage.longestMs).toBeGreaterThan(lostFor);

    await server.restart();
    await linesOnceBack();
    expect(outage.longestMs).toBe(0);
  });

  it('logs nothing when we close it', async () => {
    const redis = connected();
    await heard(redis, 'ready');
    const ended = heard(redis, 'end');
    redis.disconnect();
    await ended;
    expect(logger.lines).toEqual([]);
  });

  describe.each([
    { connect: connectFailingFast, waits: 'fails fast', isWaiting: false },
    { connect: connectWaiting, waits: 'waits', isWaiting: true },
  ])('that $waits', ({ connect, isWaiting }) => {
    it('logs one line when Redis refuses the password, without the password', async () => {
      const admin = connected();
      await heard(admin, 'ready');
      await admin.config('SET', 'requirepass', 'right');
      await tries(connected(server.url.replace('//', '//:wrong@'), connect));
      expect(logger.lines).toEqual([lost('WRONGPASS')]);
      expect(JSON.stringify(logger.lines)).not.toContain('wrong@');
    });

    it('reconnects within 2 s of the end of loading, however long Redis expects that to take', async () => {
      const loadingUntil = performance.now() + 1000;
      const loading = createServer((socket) =>
        socket.on('data', (chunk) => {
          const info = performance.now() < loadingUntil ? 'loading:1\r\nloading_eta_seconds:60' : 'loading:0';
          for (const [word] of chunk.toString().matchAll(/hello|info\r|client/gi))
            socket.write(word === 'info\r' ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
        }),
      ).listen(0, '127.0.0.1');
      onTestFinished(() => void loading.close());
      await once(loading, 'listening');
      await heard(
        connected(`redis://127.0.0.1:${(loading.address() as AddressInfo).port}`, connect),
        'ready',
      );
      expect(performance.now()).toBeLessThan(loadingUntil + 2000);
    });

    it('logs what is wrong once when Redis is lost, and one line when it is back, each time', async () => {
      const redis = connected(server.url, connect);
      await heard(redis, 'ready');
      expect(logger.lines).toEqual([]);

      for (let outage = 0; outage < 2; outage += 1) {
        logger.lines.length = 0;
        const away = tries(redis);
        await server.kill();
        await away;
        expect(logger.lines).toEqual(KILLED);

        await server.restart();
        expect(await linesOnceBack()).toEqual([...KILLED, BACK]);
      }
    });

    it(`${isWaiting ? 'repeats' : 'rejects'} the commands under way when Redis is lost`, async () => {
      const redis = connected(server.url, connect);
      await heard(redis, 'ready');
      const pushing = Promise.allSettled(push(redis, 'list'));
      redis.stream.destroy();
      const away = tries(redis, 2);
      await server.kill();
      await away;
      await server.restart();
      const kind = isWaiting ? 'fulfilled' : 'rejected';
      expect((await pushing).map(({ status }) => status)).toEqual(NUMBERS.map(() => kind));
      // The server keeps nothing, so this is what was sent after its restart.
      const reader = connected();
      await heard(reader, 'ready');
      expect(await reader.lrange('list', 0, -1)).toEqual(isWaiting ? NUMBERS : []);
    });

    it(`${isWaiting ? 'repeats' : 'rejects'} the commands under way when only the connection is lost`, async () => {
      const redis = connected(server.url, connect);
      await heard(redis, 'ready');
      const pushing = Promise.allSettled(push(redis, 'list'));
      redis.stream.destroy();
      const kind = isWaiting ? 'fulfilled' : 'rejected';
      expect((await pushing).map(({ status }) => status)).toEqual(NUMBERS.map(() => kind));
    });

    it('reconnects to the new master when the old one becomes a replica', async () => {
      const successor = await ownRedis();
      const proxy = await TcpProxy.start('127.0.0.1', server.port);
      onTestFinished(() => proxy.close());
      const redis = connected(`redis://127.0.0.1:${proxy.port}`, connect);
      await heard(redis, 'ready');
      const admin = connected();
      await heard(admin, 'ready');
      await admin.replicaof(...NOBODY);
      proxy.leadTo(successor.port);

      const again = heard(redis, 'ready');
      const outcome = await redis.set('key', 'value').catch(({ message }: Error) => message);
      expect(outcome).toMatch(isWaiting ? /^OK$/ : /^READONLY /);
      await again;
      expect(await redis.set('key', 'value')).toBe('OK');
      expect(await redis.info('server')).toContain(`tcp_port:${successor.port}`);
    });

    it('logs one line when Redis becomes read-only and one when it accepts writes again', async () => {
      const redis = connected(server.url, connect);
      await heard(redis, 'ready');
      const admin = new Redis(server.url);
      onTestFinished(() => admin.disconnect());
      await admin.replicaof(...NOBODY);
      const away = tries(redis);
      const writing = setInterval(() => void redis.set('key', 'value').catch(() => undefined), 20);
      onTestFinished(() => clearInterval(writing));
      await away;
      expect(logger.lines).toEqual([lost('READONLY')]);

      await admin.replicaof('NO', 'ONE');
      expect(await linesOnceBack()).toEqual([lost('READONLY'), BACK]);
    });
  });
});

describe('a connection that blocks on an empty queue', () => {
  it('survives the longest blocking read of a BullMQ worker', async () => {
    expect(await blocked).toBeNull();
  });
});
