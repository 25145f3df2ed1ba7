import { Redis } from 'ioredis';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { memoryUse } from '../../src/queue/finished/memory-use.js';
import { LockRenewal } from '../../src/queue/locks/lock-renewal.js';
import { ownRedis } from '../demo/fixtures/own-redis.js';
import { keeperOf } from './fixtures/keeper-of.js';
import { workerParts } from './fixtures/worker-parts.js';
import type { WorkerParts } from './fixtures/worker-parts.js';

const HOUR_MS = 3_600_000;

/** Several rounds, on a busy machine. */
const SOON = { timeout: 20_000, interval: 100 };

describe('when Redis is full', () => {
  let admin: Redis;
  let parts: WorkerParts;

  beforeEach(async () => {
    const redis = await ownRedis();
    admin = new Redis(redis.url);
    parts = await workerParts({ REDIS_URL: redis.url });
    onTestFinished(async () => {
      await parts.close();
      admin.disconnect();
    });
    await parts.clock.sync(async () => Date.now());
  });

  const fill = async (share: number): Promise<void> => {
    const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1]);
    await admin.config('SET', 'maxmemory', Math.floor(used / share));
  };
  const finished = async (count: number): Promise<void> => {
    const { queue, add } = parts;
    const jobs = await Promise.all(Array.from({ length: count }, () => add({ callSid: 'x'.repeat(2000) })));
    await admin.del(queue.toKey('wait'));
    const entries = jobs.flatMap(({ id }, place) => [Date.now() - HOUR_MS + place, String(id)]);
    await admin.zadd(queue.toKey('completed'), ...entries);
  };

  it('a job stays with its worker, whose lock is renewed', async () => {
    await parts.add();
    const job = await parts.take('mine');
    await admin.config('SET', 'maxmemory', '1');
    const renewal = new LockRenewal(parts.queue, parts.connection);
    expect(await renewal.extend(job, 'mine', 60_000)).toBe(1);
    expect(await admin.pttl(parts.queue.toKey(`${job.id}:lock`))).toBeGreaterThan(50_000);
    expect(await renewal.extend(job, 'other', 60_000)).toBe(0);
  });

  it.each([
    ['nearly', 0.9],
    ['quite', 1.05],
  ])(
    '%s, the oldest finished cancellations make room, are counted, and nothing else is removed',
    { timeout: 60_000 },
    async (_, share) => {
      await finished(600);
      const waiting = await parts.add();
      await fill(share);
      const { keeper, metrics } = keeperOf(parts);
      keeper.onApplicationBootstrap();
      onTestFinished(() => keeper.onApplicationShutdown());
      const newest = (await admin.zrange(parts.queue.toKey('completed'), '-1', '-1'))[0] ?? '';
      await vi.waitFor(async () => {
        expect(await memoryUse(admin)).toBeLessThan(share);
        expect(await metrics.scrape()).toMatch(/^streamstop_removed_early_total [1-9]/m);
      }, SOON);
      expect(await waiting.getState()).toBe('waiting');
      expect(await admin.exists(parts.queue.toKey(newest))).toBe(1);
    },
  );
});
