import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { connectWaiting } from '../../../../src/platform/redis/connection/connections.js';
import { RedisOutage } from '../../../../src/platform/redis/connection/redis-outage.js';
import { KeptLogger } from '../../../support/kept-logger.js';
import { startFakeSentinel } from './fake-sentinel.js';

it('goes on looking for the master when it learns of a failover meanwhile', async () => {
  const sentinel = await startFakeSentinel(Number(new URL(inject('redisUrl')).port));
  const target = {
    kind: 'sentinel',
    sentinels: [{ host: '127.0.0.1', port: sentinel.port }],
    master: 'streamstop',
    sentinelLogin: {},
  } as const;
  const redis = connectWaiting(target, new RedisOutage(target, new KeptLogger())) as Redis;
  onTestFinished(() => redis.disconnect());
  await once(redis, 'ready');
  await vi.waitFor(() => expect(sentinel.subscribers.size).toBe(1));

  const asked = sentinel.asked();
  redis.stream.destroy();
  const nameMaster = await asked;
  sentinel.tell();
  await vi.waitFor(() => expect(sentinel.subscribers.size).toBe(0));
  const ready = once(redis, 'ready');
  nameMaster();
  await ready;
  expect(await redis.ping()).toBe('PONG');
});
