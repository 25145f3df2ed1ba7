import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gateKey, waitingKey, watchedKey } from '../../src/gate/gate-keys.js';
import type { CancellationJob } from '../../src/queue/cancellations.queue.js';
import { Metrics } from '../../src/platform/metrics/metrics.js';
import { SharedClock } from '../../src/platform/redis/shared-clock.js';
import { Retention } from '../../src/queue/finished/retention.js';
import { Leases } from '../../src/queue/leases.js';
import { JobLocks } from '../../src/queue/locks/job-locks.js';
import { LockRenewal } from '../../src/queue/locks/lock-renewal.js';
import { wakeTimesKey } from '../../src/queue/wake-times.js';
import type { Keeper } from '../../src/worker/keeper.js';
import { keeperOf } from '../queue/fixtures/keeper-of.js';
import { workerParts } from '../queue/fixtures/worker-parts.js';
import type { WorkerParts } from '../queue/fixtures/worker-parts.js';

/** The default of `RETENTION_HOURS`. */
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The keeper removes 250 at a time. */
const SEVERAL_STEPS = 600;

/** Several rounds, on a busy machine. */
const SOON = { timeout: 10_000 };

const states = (jobs: readonly CancellationJob[]) => Promise.all(jobs.map((job) => job.getState()));

describe('once a second, the keeper', () => {
  let parts: WorkerParts;
  let keeper: Keeper;

  beforeEach(async () => {
    parts = await workerParts();
    await parts.clock.sync(async () => Date.now());
    ({ keeper } = keeperOf(parts));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    keeper.onApplicationShutdown();
    await parts.close();
  });

  /** Cancellations that BullMQ knows as finished since `endedAt`. */
  async function finished(state: 'completed' | 'failed', count: number, endedAt: number): Promise<string[]> {
    const { redis, queue, add } = parts;
    const jobs = await Promise.all(Array.from({ length: count }, () => add()));
    const ids = jobs.map(({ id }) => String(id));
    await redis.del(queue.toKey('wait'));
    await redis.zadd(queue.toKey(state), ...ids.flatMap((id) => [String(endedAt), id]));
    return ids;
  }

  it.each(['completed', 'failed'] as const)(
    'removes every cancellation that %s RETENTION_HOURS ago, and no other',
    async (state) => {
      const { redis, queue } = parts;
      const old = await finished(state, SEVERAL_STEPS, Date.now() - DAY_MS - 1000);
      const young = await finished(state, 1, Date.now() - DAY_MS + 60_000);
      keeper.onApplicationBootstrap();
      await vi.waitFor(
        async () => expect(await redis.zrange(queue.toKey(state), '0', '-1')).toEqual(young),
        SOON,
      );
      expect(await redis.exists(old.map((id) => queue.toKey(id)))).toBe(0);
      expect(await redis.exists(queue.toKey(young[0] ?? ''))).toBe(1);
    },
  );

  it('keeps what is younger by the clock of Redis, whatever the clock of its machine says', async () => {
    const { redis, queue } = parts;
    const young = await finished('completed', 1, Date.now() - DAY_MS + HOUR_MS);
    const old = await finished('failed', 1, Date.now() - DAY_MS - 1000);
    const shared = parts.clock.now();
    vi.spyOn(parts.clock, 'now').mockReturnValue(shared);
    vi.spyOn(Date, 'now').mockReturnValue(shared + 2 * HOUR_MS);
    keeper.onApplicationBootstrap();
    await vi.waitFor(async () => expect(await redis.exists(queue.toKey(old[0] ?? ''))).toBe(0), SOON);
    expect(await redis.zrange(queue.toKey('completed'), '0', '-1')).toEqual(young);
  });

  it('removes nothing before it knows the clock of Redis', async () => {
    const { redis, queue, cancellations, listing, callbackJobs, connection, environment } = parts;
    const old = await finished('completed', 1, Date.now() - DAY_MS - 1000);
    await new Retention(
      cancellations,
      listing,
      callbackJobs,
      connection,
      environment,
      new SharedClock(),
      new Metrics(),
    ).apply();
    expect(await redis.zrange(queue.toKey('completed'), '0', '-1')).toEqual(old);
  });

  describe('starts cancellations whose time to start has come', () => {
    let locks: JobLocks;

    beforeEach(() => {
      locks = new JobLocks(new LockRenewal(parts.queue, parts.connection));
    });
    afterEach(() => locks.onApplicationShutdown());

    /** Put to sleep on a machine whose clock is this wrong. */
    async function asleep(forMs: number, wrongMs: number): Promise<CancellationJob> {
      const { queue, connection, listing, clock, callbackJobs, add, take } = parts;
      await add();
      const lease = new Leases(queue, connection, locks, listing, clock, callbackJobs).take(
        await take(),
        'token',
      );
      const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + wrongMs);
      await lease.sleep(forMs);
      now.mockRestore();
      lease.release();
      return parts.read(lease);
    }

    it.each([
      ['ahead', HOUR_MS],
      ['behind', -HOUR_MS],
      ['right', 0],
    ])(
      'although the clock of the machine that put them to sleep is %s, and none before',
      async (_, wrongMs) => {
        const jobs = [await asleep(100, wrongMs), await asleep(2 * HOUR_MS, wrongMs)];
        keeper.onApplicationBootstrap();
        await vi.waitFor(async () => expect(await states(jobs)).toEqual(['waiting', 'delayed']), SOON);
      },
    );

    it('and forgets those that have started by themselves', async () => {
      const job = await asleep(100, 0);
      await parts.cancellations.startNow([String(job.id)]);
      keeper.onApplicationBootstrap();
      const key = wakeTimesKey(parts.prefix);
      await vi.waitFor(async () => expect(await parts.redis.zcard(key)).toBe(0), SOON);
    });
  });

  it.each([
    ['one of those that wait for a project whose probe is due', Date.now() - 1000, 1],
    ['none of those that wait for a project whose probe is not due', Date.now() + HOUR_MS, 0],
    ['all that wait for a project that works again', null, 3],
  ])('starts %s', async (_, probeAt, count) => {
    const { redis, prefix } = parts;
    const jobs = await Promise.all([1, 2, 3].map(() => parts.add({}, HOUR_MS)));
    const wakesAt = Date.now() + HOUR_MS;
    await redis.zadd(waitingKey(prefix, 'default'), ...jobs.flatMap(({ id }) => [wakesAt, String(id)]));
    await redis.sadd(watchedKey(prefix), 'default');
    if (probeAt !== null) await redis.hset(gateKey(prefix, 'default'), { state: 'throttled', probeAt });
    await keeper.startWaiting();
    const started = (await states(jobs)).filter((state) => state === 'waiting');
    expect(started).toHaveLength(count);
  });
});
