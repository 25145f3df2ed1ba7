import { Redis } from 'ioredis';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CancellationData } from '../../src/cancellation/data.js';
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
  const finished = async (count: number, fields: Partial<CancellationData> = {}): Promise<string[]> => {
    const { queue, add } = parts;
    const made = Array.from({ length: count }, () => add({ callSid: 'x'.repeat(2000), ...fields }));
    const ids = (await Promise.all(made)).map(({ id }) => String(id));
    await admin.del(queue.toKey('wait'));
    const entries = ids.flatMap((id, place) => [Date.now() - HOUR_MS + place, id]);
    await admin.zadd(queue.toKey('completed'), ...entries);
    for (const id of ids) await admin.hset(queue.toKey(id), 'finishedOn', Date.now() - HOUR_MS);
    return ids;
  };
  const start = (): ReturnType<typeof keeperOf> => {
    const started = keeperOf(parts);
    started.keeper.onApplicationBootstrap();
    onTestFinished(() => started.keeper.onApplicationShutdown());
    return started;
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

  const kept = (ids: readonly string[]): Promise<number> =>
    admin.exists(ids.map((id) => parts.queue.toKey(id)));

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
      const { metrics } = start();
      const newest = (await admin.zrange(parts.queue.toKey('completed'), '-1', '-1'))[0] ?? '';
      await vi.waitFor(async () => {
        expect(await memoryUse(admin, '{test}')).toBeLessThan(share);
        expect(await metrics.scrape()).toMatch(/^streamstop_removed_early_total [1-9]/m);
      }, SOON);
      expect(await waiting.getState()).toBe('waiting');
      expect(await admin.exists(parts.queue.toKey(newest))).toBe(1);
    },
  );

  describe('cancellations whose callback is not delivered yet', () => {
    const called = { callbackUrl: 'https://app.example.com/stopped' };

    it('stay as long as others can make room', { timeout: 60_000 }, async () => {
      const told = await finished(300, called);
      for (const stored of await parts.cancellations.findMany(told)) await parts.callbackJobs.add(stored!);
      await finished(600);
      await fill(0.9);
      const { metrics } = start();
      await vi.waitFor(async () => expect(await memoryUse(admin, '{test}')).toBeLessThan(0.8), SOON);
      expect(await metrics.scrape()).toMatch(/^streamstop_removed_early_total [1-9]/m);
      expect(await kept(told)).toBe(300);
    });

    it('are removed last, and their callbacks with them', { timeout: 60_000 }, async () => {
      const told = await finished(600, called);
      for (const stored of await parts.cancellations.findMany(told)) await parts.callbackJobs.add(stored!);
      const others = await finished(10);
      await fill(0.9);
      start();
      await vi.waitFor(async () => expect(await memoryUse(admin, '{test}')).toBeLessThan(0.8), SOON);
      expect(await kept(others)).toBe(0);
      expect(await parts.callbackJobs.countPending()).toBe(await kept(told));
    });
  });
});
