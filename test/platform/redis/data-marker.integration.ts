import { Redis } from 'ioredis';
import { Counter } from 'prom-client';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RedisServer } from '../../../src/demo/redis/redis-server.js';
import { DataMarker } from '../../../src/platform/redis/data-marker.js';
import { ownRedis } from '../../demo/fixtures/own-redis.js';
import { KeptLogger } from '../../support/kept-logger.js';

const KEY = '{test}:data';

describe('the data marker', () => {
  let server: RedisServer;
  let redis: Redis;
  beforeEach(async () => {
    server = await ownRedis({ appendOnly: true });
    redis = new Redis(server.url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    onTestFinished(() => redis.disconnect());
  });

  /** A marker as another process would have it. */
  async function marked() {
    const logger = new KeptLogger();
    const counter = new Counter({ name: 'losses', help: 'of data', registers: [] });
    const marker = new DataMarker(redis, '{test}', counter, logger);
    await marker.check();
    return { marker, logger, losses: async () => (await counter.get()).values[0]?.value };
  }

  it('keeps its value over restarts of Redis that keep their data', async () => {
    const first = await marked();
    const written = await redis.get(KEY);
    const second = await marked();
    await server.restart();
    for (const { marker, losses, logger } of [first, second]) {
      await marker.check();
      expect(await losses()).toBe(0);
      expect(logger.lines).toEqual([]);
    }
    expect(await redis.get(KEY)).toBe(written);
  });

  it('reports each loss once per process, and is written again', async () => {
    const first = await marked();
    const second = await marked();
    for (const count of [1, 2]) {
      await redis.flushall();
      for (const { marker, losses, logger } of [first, second]) {
        await marker.check();
        await marker.check();
        expect(await losses()).toBe(count);
        expect(logger.lines).toHaveLength(count);
        expect(logger.lines.at(-1)).toEqual([
          'error',
          'Redis lost its data, and with it every queued cancellation',
          expect.objectContaining({
            key: KEY,
            found: expect.stringMatching(/^(?:nothing|another value)$/) as string,
          }),
        ]);
      }
      expect(await redis.get(KEY)).not.toBeNull();
    }
  });
});
