import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { digestOf } from '../../../src/access/key-entry.js';
import { freePort } from '../../../src/demo/free-port.js';
import type { QueueHistory } from '../../../src/operations/history/history.dto.js';
import type { QueueState } from '../../../src/operations/queue-state.js';
import { startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { ownRedis } from '../../demo/fixtures/own-redis.js';
import { BILLING, FRAUD, scratchFile } from '../../projects/fixtures/projects-file.js';
import { run } from '../../support/program.js';
import { ApiClient, startTestService, testVariables } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const WEDGE = new URL('../../support/wedge.mjs', import.meta.url);

/** Calls that fail in a row before a project counts as unavailable. */
const CALLS_OF_AN_OUTAGE = 5;

/** A sample is due every 10 s; on a busy machine. */
const SEEN_WITHIN_MS = 30_000;

const NOTHING_STOPPED = /^Nothing was stopped in the last 15 minutes; nothing is waiting$/;

/** What had to wait has been stopped, too late for some minutes. */
const OVER = /; nothing is waiting$|^Stops reach their calls late/;

const healthOf = async (api: ApiClient) =>
  ((await (await api.request('/queue')).json()) as QueueState).health;

/** The level, once the message is this one. */
const levelOnce = (api: ApiClient, message: RegExp): Promise<string> =>
  vi.waitFor(
    async () => {
      const health = await healthOf(api);
      expect(health.message).toMatch(message);
      return health.level;
    },
    { timeout: SEEN_WITHIN_MS, interval: 200 },
  );

const callsOf = (of: Simulator, count: number, faults: Parameters<Simulator['createCall']>[0] = {}) =>
  Array.from({ length: count }, () => of.createCall({ streams: [{ name: 'stream' }], ...faults }).sid);

const stop = ({ api }: Pick<TestService, 'api'>, sids: readonly string[], more: object = {}) =>
  Promise.all(sids.map((callSid) => api.create({ callSid, streamName: 'stream', ...more })));

describe('the condition of the queue names', { timeout: 120_000 }, () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
  });
  afterAll(() => simulator.close());

  async function started(overrides: Record<string, string> = {}, given = simulator): Promise<TestService> {
    const service = await startTestService({ CONFIRMATION_TIMEOUT_MS: '300', ...overrides }, given);
    onTestFinished(() => service.close());
    return service;
  }

  it('nothing where nothing has happened, and then how soon stops reach their calls', async () => {
    const service = await started();
    expect(await levelOnce(service.api, NOTHING_STOPPED)).toBe('ok');
    const [stopped] = await stop(service, callsOf(simulator, 1));
    await service.finished(String(stopped?.id));
    await levelOnce(service.api, /^1 succeeded in the last 15 minutes|^Stops reach/);
    await levelOnce(
      service.api,
      /^Stops reach their calls(?: late)?: the only one (?:within [\d.]+ m?s|missed the limit of 1 s) in the last 5 minutes/,
    );
    const history = (await (await service.api.request('/queue/history')).json()) as QueueHistory;
    expect(history.samples.map(({ outcomes }) => outcomes.succeeded)).toContain(1);
  });

  it('SignalWire that is down, from the first call on, until it is back', async () => {
    const { hostname, port } = new URL(simulator.url);
    const proxy = await TcpProxy.start(hostname, Number(port));
    onTestFinished(() => proxy.close());
    const service = await started({ SIGNALWIRE_SPACE_URL: `http://127.0.0.1:${proxy.port}` });
    await proxy.refuse();
    await stop(service, callsOf(simulator, 1));
    expect(
      await levelOnce(
        service.api,
        /^Requests to SignalWire failed for the last call of default, most recently within the last minute/,
      ),
    ).toBe('degraded');
    await stop(service, callsOf(simulator, CALLS_OF_AN_OUTAGE));
    expect(
      await levelOnce(
        service.api,
        /^SignalWire has been unavailable for default since .*: 6 cancellations are waiting$/,
      ),
    ).toBe('failing');
    await proxy.open();
    await levelOnce(service.api, OVER);
  });

  it('that there is no worker', async () => {
    const service = await started({ ROLES: 'api,documents' });
    await stop(service, callsOf(simulator, 2));
    expect(await levelOnce(service.api, /^No worker is reporting, .*: 2 cancellations are waiting$/)).toBe(
      'failing',
    );
    const { QUEUE_PREFIX, PUBLIC_URL } = service.variables;
    await started({ ROLES: 'worker', QUEUE_PREFIX, PUBLIC_URL });
    await levelOnce(service.api, OVER);
  });

  it('a worker that is wedged, and the end of its process', async () => {
    const service = await started({ ROLES: 'api' });
    const { QUEUE_PREFIX } = service.variables;
    const variables = { ...(await testVariables(simulator)), QUEUE_PREFIX, ROLES: 'worker' };
    const wedged = run({ ...variables, LOG_LEVEL: 'info' }, WEDGE);
    await wedged.logged('started');
    expect(
      await levelOnce(service.api, /^The worker \(\S+\) has not asked for a job for \d+ s, although/),
    ).toBe('failing');
    await wedged.end();
    expect(await levelOnce(service.api, /^No worker is reporting/)).toBe('failing');
  });

  it('a Redis that is stopped, in the problem that is the answer', async () => {
    const redis = await ownRedis({ appendOnly: true });
    const { api } = await started({ REDIS_URL: redis.url });
    expect(await levelOnce(api, NOTHING_STOPPED)).toBe('ok');
    await redis.kill();
    for (const path of ['/queue', '/queue/history']) {
      await vi.waitFor(async () => {
        const response = await api.request(path);
        expect(response.status).toBe(503);
        expect(await response.json()).toMatchObject({
          code: 'queue_unavailable',
          detail: expect.stringMatching(
            /^Redis cannot be used, so nothing is accepted.*: nothing listens at 127\.0\.0\.1:\d+: start Redis there/,
          ) as string,
        });
      }, 10_000);
    }
    await redis.restart();
    expect(await levelOnce(api, NOTHING_STOPPED)).toBe('ok');
  });

  it('a Redis that is full', async () => {
    const redis = await ownRedis();
    const { api } = await started({ REDIS_URL: redis.url });
    expect(await levelOnce(api, NOTHING_STOPPED)).toBe('ok');
    const admin = new Redis(redis.url);
    onTestFinished(() => admin.disconnect());
    await admin.config('SET', 'maxmemory', '1');
    expect(await levelOnce(api, /^Redis refuses what the service needs, .*: the memory of \S+ is full/)).toBe(
      'failing',
    );
    await admin.config('SET', 'maxmemory', '0');
    expect(await levelOnce(api, NOTHING_STOPPED)).toBe('ok');
  });

  it('a PUBLIC_URL that cannot be reached', async () => {
    const service = await started({ PUBLIC_URL: `http://127.0.0.1:${await freePort()}` });
    await stop(service, callsOf(simulator, 4));
    expect(
      await levelOnce(
        service.api,
        /^SignalWire has not fetched the documents of default since \S+, so nothing/,
      ),
    ).toBe('failing');
    expect((await healthOf(service.api)).advice).toContain('PUBLIC_URL');
  });

  it('wrong credentials', async () => {
    const service = await started({ SIGNALWIRE_API_TOKEN: 'PTwrong' });
    await stop(service, callsOf(simulator, 6));
    expect(await levelOnce(service.api, /^SignalWire has refused the credentials of default/)).toBe(
      'failing',
    );
  });

  it('one project that is throttled, to those who may know of it', async () => {
    const other = await startSimulator({ log: false, projectId: FRAUD.projectId, apiToken: FRAUD.apiToken });
    onTestFinished(() => other.close());
    const { projectId, apiToken } = simulator;
    const projects = [
      { ...BILLING, spaceUrl: simulator.url, projectId, apiToken },
      { ...FRAUD, spaceUrl: other.url },
    ];
    const keys = ['billing', 'fraud'].map((name) => ({
      name,
      keyHash: digestOf(`${name}-horse-battery-staple`),
      scopes: ['cancel', 'read'],
      projects: [name],
    }));
    const service = await started({
      SIGNALWIRE_SPACE_URL: '',
      SIGNALWIRE_PROJECT_ID: '',
      SIGNALWIRE_API_TOKEN: '',
      SIGNALWIRE_PROJECTS_FILE: await scratchFile({ projects }),
      API_KEYS: 'all:correct-horse-battery-staple',
      API_KEYS_FILE: await scratchFile({ keys }, 'keys.json'),
    });
    const apiOf = (key: string) => new ApiClient(String(service.urls.api), `${key}-horse-battery-staple`);
    const throttled = {
      status: 429,
      code: 20429,
      headers: { 'retry-after': '60' },
      times: 'always',
    } as const;
    const [api, billing, fraud] = [apiOf('correct'), apiOf('billing'), apiOf('fraud')];
    await stop({ api }, callsOf(other, 2, { faults: [throttled] }), { project: 'fraud' });
    const [ofBilling] = await stop({ api }, callsOf(simulator, 1), { project: 'billing' });
    await service.queue.finished(String(ofBilling?.id));
    expect(
      await levelOnce(api, /^SignalWire has throttled fraud since \S+ \(429\): 2 cancellations are waiting$/),
    ).toBe('degraded');
    expect(await levelOnce(fraud, /^SignalWire has throttled fraud/)).toBe('degraded');
    expect(JSON.stringify(await (await billing.request('/queue')).json())).not.toContain('fraud');
    expect((await healthOf(billing)).level).toBe('ok');
  });
});
