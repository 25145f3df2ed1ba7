import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { keepInStep } from '../../../src/platform/redis/clock-sync.js';
import { SharedClock } from '../../../src/platform/redis/shared-clock.js';
import { ownRedis } from '../../demo/fixtures/own-redis.js';

/** The largest error of a sample. */
const MAX_ERROR_MS = 125;

/** The clocks of a machine on which it is 1970. */
const LATE = { wall: () => 0, monotonic: () => performance.now() };

describe('the synchronised clock', () => {
  it('follows Redis once connected, even if Redis comes late', async () => {
    const server = await ownRedis();
    await server.kill();
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    onTestFinished(() => redis.disconnect());
    const clock = new SharedClock(LATE);
    const roundTrips = { observe: vi.fn<(seconds: number) => void>() };
    onTestFinished(keepInStep(clock, redis, '{test}', roundTrips));
    expect(clock.now()).toBe(0);

    await server.start();
    await vi.waitFor(() => expect(clock.now()).toBeGreaterThan(0), 5000);
    const before = clock.now();
    const [seconds, microseconds] = await redis.time();
    const redisMs = Number(seconds) * 1000 + Number(microseconds) / 1000;
    expect(redisMs).toBeGreaterThanOrEqual(before - MAX_ERROR_MS);
    expect(redisMs).toBeLessThanOrEqual(clock.now() + MAX_ERROR_MS);
  });

  it('follows Redis on a connection that is already up', async () => {
    const server = await ownRedis();
    const redis = new Redis(server.url);
    onTestFinished(() => redis.disconnect());
    await redis.ping();
    const clock = new SharedClock(LATE);
    const roundTrips = { observe: vi.fn<(seconds: number) => void>() };
    onTestFinished(keepInStep(clock, redis, '{test}', roundTrips));
    await vi.waitFor(() => expect(clock.now()).toBeGreaterThan(0));
  });
});
