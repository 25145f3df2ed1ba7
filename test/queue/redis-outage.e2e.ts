import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RedisServer } from '../../src/demo/redis/redis-server.js';
import { ownRedis } from '../demo/fixtures/own-redis.js';
import { observeQueue, startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const REFUSED_WITHIN_MS = 250;

/** Shortens the way to a failed attempt, so that a job caught by the outage is soon tried again. */
const QUICK = { REQUEST_TIMEOUT_MS: '500', CONFIRMATION_TIMEOUT_MS: '500', SHUTDOWN_TIMEOUT_MS: '1000' };

describe('while Redis is away', () => {
  let redis: RedisServer;
  let service: TestService;

  beforeEach(async () => {
    redis = await ownRedis({ appendOnly: true });
    service = await startTestService({ ...QUICK, REDIS_URL: redis.url });
  });
  afterEach(() => service.close());

  const request = (callSid = 'call') => service.api.post({ callSid, streamName: 'stream' });

  const batch = () =>
    service.api.request('/cancellations/batch', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ cancellations: [{ callSid: 'call', streamName: 'stream' }] }),
    });

  /** The quickest of several answers counts: the others may have waited for the machine. */
  async function expectRefusedInTime(times: number): Promise<void> {
    const took: number[] = [];
    for (let i = 0; i < times; i += 1) {
      const start = performance.now();
      const response = await request();
      took.push(performance.now() - start);
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await response.json()).toMatchObject({ code: 'queue_unavailable' });
    }
    expect(Math.min(...took)).toBeLessThan(REFUSED_WITHIN_MS);
  }

  it('refuses at once, serves documents, and works again when it returns, with no ghost', async () => {
    await request();
    await redis.kill();

    await expectRefusedInTime(10);
    expect((await batch()).status).toBe(503);
    const document = await fetch(`${service.urls.documents}/laml/stop-stream?STREAMNAME=stream`);
    expect(document.status).toBe(200);
    expect((await service.api.request('/health/ready')).status).toBe(503);
    expect((await service.api.request('/health/live')).status).toBe(200);
    expect(await (await service.api.request('/metrics')).text()).toContain('streamstop_queue_reachable 0');
    expect(await (await service.api.request('/metrics')).text()).not.toMatch(/^streamstop_jobs\{/m);

    await redis.restart();
    const call = service.simulator.createCall({ streams: [{ name: 'stream' }] });
    await vi.waitFor(async () => expect((await request(call.sid)).status).toBe(202), {
      timeout: 5000,
      interval: 50,
    });
    await service.simulator.until(call.sid, ({ streams }) => streams[0]?.status === 'stopped');
    expect(await numberOfJobs()).toBe(2);
  });

  it('is used again where it was lost in the moment of the start', async () => {
    await redis.kill();
    await redis.restart();
    await vi.waitFor(async () => expect((await request()).status).toBe(202), { timeout: 5000, interval: 50 });
  });

  it('leaves no ghost of a request that a Redis too slow to answer was given', async () => {
    redis.pause();
    await expectRefusedInTime(5);
    redis.resume();

    const call = service.simulator.createCall({ streams: [{ name: 'stream' }] });
    await vi.waitFor(async () => expect((await request(call.sid)).status).toBe(202), {
      timeout: 5000,
      interval: 50,
    });
    await service.simulator.until(call.sid, ({ streams }) => streams[0]?.status === 'stopped');
    expect(await numberOfJobs()).toBe(1);
  });

  it('finishes what was accepted before', async () => {
    const call = service.simulator.createCall({
      streams: [{ name: 'stream' }],
      faults: [{ latencyMs: 300 }],
    });
    const { id } = (await (await request(call.sid)).json()) as { id: string };
    await service.simulator.until(call.sid, ({ updates }) => updates.length === 1);
    await redis.kill();
    await service.simulator.until(call.sid, ({ streams }) => streams[0]?.status === 'stopped');
    await redis.restart();

    expect(await service.finished(id)).toMatchObject({ status: 'succeeded', evidence: 'document_fetched' });
  });

  it('starts, and is ready once Redis is there', async () => {
    await redis.kill();
    const early = await startTestService({ ...QUICK, REDIS_URL: redis.url });
    try {
      expect((await early.api.request('/health/ready')).status).toBe(503);
      await redis.restart();
      await vi.waitFor(async () => expect((await early.api.request('/health/ready')).status).toBe(200), {
        timeout: 5000,
        interval: 50,
      });
    } finally {
      await early.close();
    }
  });

  it('stops', async () => {
    await redis.kill();
    await service.stop();
    await expect(request()).rejects.toThrow('fetch failed');
  });

  it('takes back what was queued although its answer was lost', async () => {
    const proxy = await TcpProxy.start('127.0.0.1', redis.port);
    onTestFinished(() => proxy.close());
    const distant = await startTestService({
      ...QUICK,
      ROLES: 'api',
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
    });
    onTestFinished(() => distant.close());
    const { queue, close } = observeQueue(redis.url, distant.variables.QUEUE_PREFIX);
    onTestFinished(close);

    proxy.loseAnswers();
    const response = await distant.api.post({ callSid: 'call', streamName: 'stream' });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      detail: expect.stringContaining('may have been queued') as string,
    });
    proxy.cut();

    await vi.waitFor(async () => expect((await distant.api.request('/health/ready')).status).toBe(200), {
      timeout: 5000,
    });
    await vi.waitFor(async () => expect(await queue.getJobCounts('waiting')).toEqual({ waiting: 0 }));
  });

  async function numberOfJobs(): Promise<number> {
    const counts = await service.queue.queue.getJobCounts();
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }
});
