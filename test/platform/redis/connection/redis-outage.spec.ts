import { EventEmitter } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RedisClient } from '../../../../src/platform/redis/connection/client.js';
import { RedisOutage } from '../../../../src/platform/redis/connection/redis-outage.js';

const ignore = () => undefined;
const LOGGER = { log: ignore, warn: ignore, error: ignore, debug: ignore };

describe('the reason why Redis is out of reach', () => {
  it.each([
    [10, 'cache:6379 closes the connection without an answer'],
    [15_000, 'cache:6379 takes connections and does not answer'],
  ])('after a connection that ended without an answer %i ms later', (ms, words) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const outage = new RedisOutage({ kind: 'single', url: 'redis://cache:6379' }, LOGGER);
    const redis = new EventEmitter();
    outage.watch(redis as unknown as RedisClient);
    redis.emit('connect');
    vi.advanceTimersByTime(ms);
    redis.emit('reconnecting');
    expect(outage.reason).toContain(words);
  });
});
