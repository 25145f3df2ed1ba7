import { Redis } from 'ioredis';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RedisServer } from '../../src/demo/redis/redis-server.js';
import { ownRedis } from '../demo/fixtures/own-redis.js';
import { observeQueue, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const SLOW = { timeout: 90_000 };

const NOBODY = ['127.0.0.1', '1'] as const;

/** How many commands Redis has refused because it is full, by its INFO. */
const refusedIn = (stats: string): number => Number(/^errorstat_OOM:count=(\d+)/m.exec(stats)?.[1] ?? 0);

describe('a Redis that refuses', () => {
  let server: RedisServer;
  let admin: Redis;
  let proxy: TcpProxy;
  let service: TestService;

  /** The service reaches Redis by an address that can lead to another server later. */
  beforeEach(async () => {
    server = await ownRedis();
    proxy = await TcpProxy.start('127.0.0.1', server.port);
    admin = new Redis(server.url);
    service = await startTestService({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    onTestFinished(async () => {
      admin.disconnect();
      await service.close();
      await proxy.close();
    });
  });

  async function expectRefused(headers: Record<string, string> = {}): Promise<void> {
    const response = await service.api.post({ callSid: 'call', streamName: 'stream' }, headers);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({
      code: 'queue_unavailable',
      detail: 'the queue is unavailable; ask again shortly',
    });
  }

  async function expectBatchRefused(headers: Record<string, string>): Promise<void> {
    const response = await service.api.request('/cancellations/batch', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ cancellations: [{ callSid: 'call', streamName: 'stream' }, null] }),
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'queue_unavailable' });
  }

  async function expectStopped(): Promise<void> {
    const call = service.simulator.createCall({ streams: [{ name: 'stream' }] });
    const body = { callSid: call.sid, streamName: 'stream' };
    await vi.waitFor(async () => expect((await service.api.post(body)).status).toBe(202), { timeout: 5000 });
    await service.simulator.until(call.sid, ({ streams }) => streams[0]?.status === 'stopped');
  }

  it('because it is out of memory is reported at once, keeps nothing, and is used again when it has memory', async () => {
    const { sid } = service.simulator.createCall({ streams: [{ name: 'stream' }] });
    const before = await service.api.create({ callSid: sid, streamName: 'stream' });
    await service.finished(before.id);
    // A worker notes the end in the list a moment later.
    await vi.waitFor(async () => {
      const listed = await service.api.request('/cancellations?status=succeeded');
      expect(await listed.text()).toContain(before.id);
    });
    const keys = new Set(await admin.keys('*'));
    await admin.config('SET', 'maxmemory', '1');

    for (let i = 0; i < 5; i += 1) await expectRefused();
    await expectRefused({ 'idempotency-key': 'key' });
    await expectBatchRefused({});
    await expectBatchRefused({ 'idempotency-key': 'batch' });
    expect(await service.api.get(before.id)).toMatchObject({ id: before.id });
    expect((await admin.keys('*')).filter((key) => !keys.has(key))).toEqual([]);

    await admin.config('SET', 'maxmemory', '0');
    await expectStopped();
  });

  it('because it is out of memory makes the process unready, and what was accepted waits', SLOW, async () => {
    const faults = [{ latencyMs: 300, status: 503 }];
    // More that fail would make the project count as unavailable.
    const calls = Array.from({ length: 4 }, () =>
      service.simulator.createCall({ streams: [{ name: 'stream' }], faults }),
    );
    const accepted = await Promise.all(
      calls.map(({ sid }) => service.api.create({ callSid: sid, streamName: 'stream' })),
    );
    for (const { sid } of calls) await service.simulator.until(sid, ({ updates }) => updates.length > 0);
    await admin.config('SET', 'maxmemory', '1');
    const ready = await service.api.request('/health/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      error: { redis: { message: expect.stringContaining('is full: raise its maxmemory') as string } },
    });
    // As if it had been full until the locks ran out, which nobody could renew.
    await vi.waitUntil(async () => refusedIn(await admin.info('errorstats')) > calls.length, 10_000);
    expect(await admin.del(await admin.keys('*:lock'))).toBeGreaterThan(0);
    await admin.config('SET', 'maxmemory', '0');
    for (const { id } of accepted) expect(await service.finished(id)).toMatchObject({ status: 'succeeded' });
    expect((await service.api.request('/health/ready')).status).toBe(200);
  });

  it('writes because it is a replica is used again once it is a master', async () => {
    await admin.replicaof(...NOBODY);
    // The service connects anew after each refusal. A request under way then loses its answer.
    await vi.waitFor(() => expectRefused());
    await vi.waitFor(() => expectRefused({ 'idempotency-key': 'key' }));
    await admin.replicaof('NO', 'ONE');
    await expectStopped();
    expect(await admin.role()).toContain('master');
  });

  it('writes is left for the master that has its address now', async () => {
    const successor = await ownRedis();
    proxy.leadTo(successor.port);
    await admin.replicaof(...NOBODY);
    await expectStopped();

    const { queue, close } = observeQueue(successor.url, service.variables.QUEUE_PREFIX);
    onTestFinished(close);
    await vi.waitFor(async () => expect(await queue.getJobCountByTypes('completed')).toBe(1), {
      timeout: 5000,
    });
  });
});
