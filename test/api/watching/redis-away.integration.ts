import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { openStream } from './fixtures/open-stream.js';

const REFUSED_WITHIN_MS = 250;

let proxy: TcpProxy;
/** Its Redis is never away. */
let near: TestService;
/** Its Redis is behind the proxy. */
let far: TestService;
beforeAll(async () => {
  const { hostname, port } = new URL(inject('redisUrl'));
  proxy = await TcpProxy.start(hostname, Number(port));
  near = await startTestService({ ROLES: 'api' });
});
afterAll(async () => {
  await near.close();
  await proxy.close();
});

async function start(): Promise<void> {
  const REDIS_URL = `redis://127.0.0.1:${proxy.port}`;
  far = await startTestService(
    { ROLES: 'api', REDIS_URL, QUEUE_PREFIX: near.variables.QUEUE_PREFIX },
    near.simulator,
  );
}
afterEach(async () => {
  proxy.rejoin();
  await proxy.open().catch(() => undefined);
  await far.close();
});

const body = () => ({ callSid: randomUUID(), streamName: 'stream', deadlineMs: 600_000 });

/** Resolves once the cancellation is in the queue. */
const accepted = (callSid: string) =>
  vi.waitFor(async () => {
    const jobs = await near.queue.queue.getJobs();
    expect(jobs.map(({ data }) => (data as { callSid: string }).callSid)).toContain(callSid);
  }, 5000);

describe('a stream of events', () => {
  it.each([
    ['away', () => proxy.refuse()],
    ['silent', async () => proxy.isolate()],
  ])('is refused at once while Redis is %s', async (_, loseRedis) => {
    await start();
    await loseRedis();
    const took: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const from = performance.now();
      const response = await fetch(`${far.api.url}/events`, { signal: AbortSignal.timeout(5000) });
      took.push(performance.now() - from);
      expect([response.status, await response.json()]).toMatchObject([503, { code: 'queue_unavailable' }]);
    }
    expect(Math.min(...took)).toBeLessThan(REFUSED_WITHIN_MS);
  });

  it('goes on when Redis is back, with what has changed meanwhile', async () => {
    await start();
    const stream = await openStream(`${far.api.url}/events`);
    const { id } = await near.api.create(body());
    await stream.until(id);
    await proxy.refuse();
    const { id: meanwhile } = await near.api.create(body());
    await proxy.open();
    await stream.until(meanwhile);
    expect(stream.text()).not.toContain('gap');
    stream.leave();
  });
});

describe('a request that waits', () => {
  it('says what was accepted if Redis goes away meanwhile', async () => {
    await start();
    const request = body();
    const held = far.api.post(request, { prefer: 'wait=2' });
    await accepted(request.callSid);
    await proxy.refuse();
    const response = await held;
    expect(response.status).toBe(202);
    expect(response.headers.has('preference-applied')).toBe(false);
    expect(response.headers.has('location')).toBe(true);
    expect(await response.json()).toMatchObject({ callSid: request.callSid, status: 'queued' });
  });

  it('waits no longer than it was asked to if Redis falls silent', async () => {
    await start();
    // The command itself; the checks of rights name it, too.
    proxy.silenceAfter('*6\r\n$9\r\nxrevrange');
    const from = performance.now();
    const response = await far.api.post(body(), { prefer: 'wait=1' });
    expect(response.status).toBe(202);
    expect(response.headers.has('preference-applied')).toBe(false);
    expect(performance.now() - from).toBeLessThan(5000);
  });
});
