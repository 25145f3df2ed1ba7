import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { keepInStep } from '../../../src/platform/redis/clock-sync.js';
import { SharedClock } from '../../../src/platform/redis/shared-clock.js';
import { ownRedis } from '../../demo/fixtures/own-redis.js';

/** As wide as a sample may be wrong. */
const MAX_ERROR_MS = 125;

/** A machine on which it is 1970. */
const LATE = { wall: () => 0, monotonic: () => performance.now() };

describe('the clock of a process', () => {
  it('is that of Redis once it is connected, however late it is', async () => {
    const server = await ownRedis();
    await server.kill();
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    onTestFinished(() => redis.disconnect());
    const clock = new SharedClock(LATE);
    onTestFinished(keepInStep(clock, redis));
    expect(clock.now()).toBe(0);

    await server.start();
    await vi.waitFor(() => expect(clock.now()).toBeGreaterThan(0), 5000);
    const before = clock.now();
    const [seconds, microseconds] = await redis.time();
    const redisMs = Number(seconds) * 1000 + Number(microseconds) / 1000;
    expect(redisMs).toBeGreaterThanOrEqual(before - MAX_ERROR_MS);
    expect(redisMs).toBeLessThanOrEqual(clock.now() + MAX_ERROR_MS);
  });

  it('is that of Redis where it was connected before', async () => {
    const server = await ownRedis();
    const redis = new Redis(server.url);
    onTestFinished(() => redis.disconnect());
    await redis.ping();
    const clock = new SharedClock(LATE);
    onTestFinished(keepInStep(clock, redis));
    await vi.waitFor(() => expect(clock.now()).toBeGreaterThan(0));
  });
});
