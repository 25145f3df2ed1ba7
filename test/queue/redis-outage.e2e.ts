import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RedisServer } from '../../src/demo/redis/redis-server.js';
import { ownRedis } from '../demo/fixtures/own-redis.js';
import { SCRAPED } from '../platform/metrics/scrape.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

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

  /** The fastest of several answers counts: the others may have been held up by the machine. */
  async function expectRefusedInTime(times: number, code: string): Promise<void> {
    const took: number[] = [];
    for (let i = 0; i < times; i += 1) {
      const start = performance.now();
      const response = await request();
      took.push(performance.now() - start);
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await response.json()).toMatchObject({ code });
    }
    expect(Math.min(...took)).toBeLessThan(REFUSED_WITHIN_MS);
  }

  it('refuses at once, serves documents, and works again when Redis returns, with nothing queued meanwhile', async () => {
    await request();
    await redis.kill();

    await expectRefusedInTime(10, 'queue_unavailable');
    expect((await batch()).status).toBe(503);
    const document = await fetch(`${service.urls.documents}/laml/stop-stream?STREAMNAME=stream`);
    expect(document.status).toBe(200);
    expect((await service.api.request('/health/ready')).status).toBe(503);
    expect((await service.api.request('/health/live')).status).toBe(200);
    await expect
      .poll(async () => (await service.api.request('/metrics')).text(), SCRAPED)
      .toContain('streamstop_queue_reachable 0\n');
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

  it('works again if Redis was lost at the moment of the start', async () => {
    await redis.kill();
    await redis.restart();
    await vi.waitFor(async () => expect((await request()).status).toBe(202), { timeout: 5000, interval: 50 });
  });

  it('queues one cancellation for a request that is repeated while Redis is too slow to answer', async () => {
    redis.pause();
    await expectRefusedInTime(5, 'queue_answer_lost');
    redis.resume();

    await vi.waitFor(async () => expect((await request()).status).toBe(202), { timeout: 5000, interval: 50 });
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

  async function numberOfJobs(): Promise<number> {
    const counts = await service.queue.queue.getJobCounts();
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }
});
