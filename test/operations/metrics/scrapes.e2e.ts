import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ownRedis } from '../../demo/fixtures/own-redis.js';
import { startTestService } from '../../support/service.js';

describe('many scrapes at once', () => {
  it('read the queue from Redis at most once a second', async () => {
    const server = await ownRedis({ appendOnly: true });
    const service = await startTestService({ ROLES: 'api', REDIS_URL: server.url });
    onTestFinished(() => service.close());
    const redis = new Redis(server.url);
    onTestFinished(() => redis.disconnect());
    /** Each read asks once whether the queue is paused, and nothing else uses this command. */
    const reads = async () =>
      Number(/^cmdstat_hexists:calls=(\d+)/m.exec(await redis.info('commandstats'))?.[1] ?? 0);
    const scrape = async () => (await fetch(`${service.urls.api}/metrics`)).text();

    expect(await reads()).toBe(0);
    const startedAt = performance.now();
    let scrapes = 0;
    while (performance.now() - startedAt < 1500) {
      await Promise.all(Array.from({ length: 20 }, scrape));
      scrapes += 20;
    }
    const seconds = (performance.now() - startedAt) / 1000;
    expect(await reads()).toBeGreaterThanOrEqual(1);
    expect(await reads()).toBeLessThanOrEqual(1 + Math.floor(seconds));
    expect(scrapes).toBeGreaterThanOrEqual(20);
  });
});
