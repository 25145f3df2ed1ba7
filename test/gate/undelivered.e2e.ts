import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { gateKey } from '../../src/gate/gate-keys.js';
import type { QueueDepth } from '../../src/operations/queue-depth.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { freePort } from '../../src/demo/free-port.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const CONFIRMATION_TIMEOUT_MS = '500';

describe('a project whose documents SignalWire cannot fetch', () => {
  let service: TestService;
  let proxy: TcpProxy;
  beforeEach(async () => {
    const publicPort = await freePort();
    proxy = await TcpProxy.start('127.0.0.1', publicPort);
    service = await startTestService({
      CONFIRMATION_TIMEOUT_MS,
      PUBLIC_PORT: String(publicPort),
      PUBLIC_URL: `http://127.0.0.1:${proxy.port}`,
      API_KEYS: 'ops:0123456789abcdef01234567',
    });
    await proxy.refuse();
  });
  afterEach(async () => {
    await service.close();
    await proxy.close();
  });

  const headers = { authorization: 'Bearer 0123456789abcdef01234567', 'content-type': 'application/json' };
  const request = (path: string, body?: object) =>
    service.api.request(path, {
      headers,
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });

  async function start(
    fields: object = {},
    faults: Fault[] = [],
  ): Promise<Cancellation & { callSid: string }> {
    const call = service.simulator.createCall({ streams: [{ name: 'stream' }], faults });
    const response = await request('/cancellations', { callSid: call.sid, streamName: 'stream', ...fields });
    expect(response.status).toBe(202);
    return (await response.json()) as Cancellation & { callSid: string };
  }

  const projectState = async () => ((await (await request('/queue')).json()) as QueueDepth).projects[0];
  const projectTurns = (state: string): Promise<void> =>
    vi.waitFor(async () => expect(await projectState()).toMatchObject({ state }), { timeout: 20_000 });
  async function letProbeBeDue(): Promise<void> {
    const redis = new Redis(service.variables.REDIS_URL);
    await redis.hset(gateKey(service.variables.QUEUE_PREFIX, 'default'), 'probeAt', 1);
    redis.disconnect();
  }
  const find = async (id: string) => (await (await request(`/cancellations/${id}`)).json()) as Cancellation;
  const ended = (id: string): Promise<Cancellation> =>
    vi.waitFor(
      async () => {
        const found = await find(id);
        expect(found.finishedAt).not.toBeNull();
        return found;
      },
      { timeout: 20_000 },
    );

  const dropped = (of: readonly { callSid: string }[]): number =>
    of.filter(({ callSid }) => service.simulator.call(callSid).endReason === 'no_document').length;

  it('stops after three calls, says so, and stops the others once an operator resumes it', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, () => start()));
    await projectTurns('undelivered');
    expect(dropped(all)).toBe(3);
    const scraped = await (await request('/metrics')).text();
    expect(scraped).toContain('streamstop_project_state{project="default",state="undelivered"} 1');
    await vi.waitFor(
      async () =>
        expect(await (await request('/health/ready')).json()).toMatchObject({
          status: 'degraded',
          degraded: { delivery: expect.stringContaining('default') as string },
        }),
      { timeout: 5000 },
    );

    await proxy.open();
    const resumed = await request('/queue/resume', { project: 'default' });
    expect(resumed.status).toBe(200);
    expect(await resumed.json()).toMatchObject({ projects: [{ project: 'default', state: 'working' }] });
    const ends = await Promise.all(all.map(({ id }) => ended(id)));
    const fetched = ends.filter(({ evidence }) => evidence === 'document_fetched');
    expect(fetched).toHaveLength(9);
    expect(dropped(all)).toBe(3);
    expect(await projectState()).toMatchObject({ state: 'working' });
  }, 60_000);

  it('tries no call that is over, so that the first probe finds out that documents are fetched again', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, () => start()));
    await projectTurns('undelivered');
    const waiting = all.filter(({ callSid }) => service.simulator.call(callSid).endReason === null);
    const [last, ...over] = waiting as [(typeof all)[0], ...typeof all];
    for (const { callSid } of over) service.simulator.endCall(callSid);
    await proxy.open();

    await letProbeBeDue();
    await projectTurns('working');
    expect(await ended(last.id)).toMatchObject({ evidence: 'document_fetched' });
    const ends = await Promise.all(over.map(({ id }) => ended(id)));
    expect(ends.map(({ attempts, evidence }) => [attempts.length, evidence])).toEqual(
      over.map(() => [0, 'call_ended']),
    );
  }, 60_000);

  it('has a cancellation expire unsent, and works again once the setup check passes', async () => {
    await Promise.all(Array.from({ length: 3 }, () => start()));
    await projectTurns('undelivered');
    const late = await start({ deadlineMs: 1500 });
    expect(await ended(late.id)).toMatchObject({
      status: 'expired',
      attempts: [],
      failure: { code: null },
    });
    await request('/setup');
    expect(await projectState()).toMatchObject({ state: 'undelivered' });
    await proxy.open();
    await request('/setup');
    expect(await projectState()).toMatchObject({ state: 'working' });
    expect(await ended((await start()).id)).toMatchObject({ evidence: 'document_fetched' });
  }, 60_000);

  it('is not told by calls with a fetch between them', async () => {
    await proxy.open();
    for (let round = 0; round < 2; round += 1) {
      await Promise.all([1, 2].map(async () => ended((await start({}, [{ fetch: 'none' }])).id)));
      await ended((await start()).id);
    }
    expect(await projectState()).toMatchObject({ state: 'working' });
  }, 60_000);

  it.each([
    [404, { project: 'nobody' }, 'project_not_found'],
    [400, { project: '' }, 'invalid_body'],
    [400, { project: 'default', other: 1 }, 'invalid_body'],
  ])('answers %i to a resumption of %j', async (status, body, code) => {
    const response = await request('/queue/resume', body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });
});
