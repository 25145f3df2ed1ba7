import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RedisServer } from '../../src/demo/redis/redis-server.js';
import { ownRedis } from '../demo/fixtures/own-redis.js';
import { rawRequest } from '../support/raw-request.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

describe('the dashboard', () => {
  let redis: RedisServer;
  let service: TestService;

  beforeEach(async () => {
    redis = await ownRedis();
  });

  const start = async () => {
    service = await startTestService({ ROLES: 'api', REDIS_URL: redis.url, SHUTDOWN_TIMEOUT_MS: '1000' });
    onTestFinished(() => service.close());
  };
  const queues = () => service.api.request('/dashboard/api/queues');

  async function expectRefused(): Promise<void> {
    const response = await queues();
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({
      status: 503,
      code: 'queue_unavailable',
      instance: '/dashboard/api/queues',
    });
  }

  const expectBack = () =>
    vi.waitFor(async () => expect((await queues()).status).toBe(200), { timeout: 5000, interval: 50 });

  it('says why a job failed, in words and without our code', async () => {
    service = await startTestService({
      REDIS_URL: redis.url,
      MAX_ATTEMPTS: '1',
      CONFIRMATION_TIMEOUT_MS: '300',
    });
    onTestFinished(() => service.close());
    const { sid } = service.simulator.createCall({ faults: [{ status: 503 }] });
    await service.finished((await service.api.create({ callSid: sid, streamName: 'stream' })).id);
    const shown = await (
      await service.api.request('/dashboard/api/queues?activeQueue=cancellations&status=failed')
    ).json();
    const [job] =
      (shown as { queues: { jobs: { failedReason: string; stacktrace: string[] }[] }[] }).queues[0]?.jobs ??
      [];
    expect(job?.failedReason).toBe('failed: SignalWire answered 503 to the only attempt (provider_error)');
    expect(job?.stacktrace).toEqual([]);
  });

  it('loads nothing from other hosts, and may not be framed or sniffed', async () => {
    await start();
    for (const path of ['/dashboard', '/docs', '/dashboard/api/queues']) {
      const { headers } = await service.api.request(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'self'");
      expect(policy).toContain("frame-ancestors 'self'");
      expect(policy).not.toMatch(/https?:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    }
  });

  it.each(['/dashboard', '/dashboard/api/queues'])(
    'serves %s whatever body comes with the request',
    async (path) => {
      await start();
      const head = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`;
      const { status } = await rawRequest(
        service.urls.api ?? '',
        `${head}Content-Type: /\r\nContent-Length: 2\r\n\r\n{}`,
      );
      expect(status).toBe(200);
    },
  );

  it('answers 503 if Redis was never there, and works once it is', async () => {
    await redis.kill();
    await start();
    await expectRefused();
    expect((await service.api.request('/dashboard')).status).toBe(200);
    await redis.restart();
    await expectBack();
  });

  it('answers 503 after Redis was lost, and works once it is back', async () => {
    await start();
    expect((await queues()).status).toBe(200);
    await redis.kill();
    await expectRefused();
    await redis.restart();
    await expectBack();
  });

  it('answers 503 while Redis does not answer, and works once it does', async () => {
    await start();
    expect((await queues()).status).toBe(200);
    redis.pause();
    await expectRefused();
    redis.resume();
    await expectBack();
  });
});
