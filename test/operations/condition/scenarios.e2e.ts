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

const NOTHING_STOPPED = 'Nothing was stopped in the last 15 minutes; nothing is waiting';

const healthOf = async (api: ApiClient) =>
  ((await (await api.request('/queue')).json()) as QueueState).health;

const expectCondition = (api: ApiClient, level: string, message: RegExp | string): Promise<void> =>
  vi.waitFor(
    async () =>
      expect(await healthOf(api)).toMatchObject({
        level,
        message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
      }),
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
    await expectCondition(service.api, 'ok', NOTHING_STOPPED);
    const [stopped] = await stop(service, callsOf(simulator, 1));
    await service.finished(String(stopped?.id));
    expect((await healthOf(service.api)).message).toMatch(/^1 succeeded in the last 15 minutes|^Stops reach/);
    await expectCondition(
      service.api,
      'ok',
      /^Stops reach their calls: 95 % within [\d.]+ m?s; nothing is waiting$/,
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
    await expectCondition(
      service.api,
      'degraded',
      /^Requests to SignalWire are failing for default: the last call got/,
    );
    await stop(service, callsOf(simulator, CALLS_OF_AN_OUTAGE));
    await expectCondition(
      service.api,
      'failing',
      /^SignalWire has been unavailable for default since .*: 6 cancellations are waiting$/,
    );
    await proxy.open();
    await expectCondition(service.api, 'ok', /; nothing is waiting$/);
  });

  it('that there is no worker', async () => {
    const service = await started({ ROLES: 'api,documents' });
    await stop(service, ['one', 'other']);
    await expectCondition(
      service.api,
      'failing',
      /^No worker is reporting, .*: 2 cancellations are waiting$/,
    );
    const { QUEUE_PREFIX, PUBLIC_URL } = service.variables;
    await started({ ROLES: 'worker', QUEUE_PREFIX, PUBLIC_URL });
    await expectCondition(service.api, 'ok', NOTHING_STOPPED);
  });

  it('a worker that is wedged, and the end of its process', async () => {
    const service = await started({ ROLES: 'api' });
    const { QUEUE_PREFIX } = service.variables;
    const variables = { ...(await testVariables(simulator)), QUEUE_PREFIX, ROLES: 'worker' };
    const wedged = run({ ...variables, LOG_LEVEL: 'info' }, WEDGE);
    await wedged.logged('started');
    await expectCondition(
      service.api,
      'failing',
      /^The worker \(\S+\) has not asked for a job for \d+ s, although/,
    );
    await wedged.end();
    await expectCondition(service.api, 'failing', /^No worker is reporting/);
  });

  it('a Redis that is stopped, in the problem that is the answer', async () => {
    const redis = await ownRedis({ appendOnly: true });
    const { api } = await started({ REDIS_URL: redis.url });
    await expectCondition(api, 'ok', NOTHING_STOPPED);
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
    await expectCondition(api, 'ok', NOTHING_STOPPED);
  });

  it('a Redis that is full', async () => {
    const redis = await ownRedis();
    const { api } = await started({ REDIS_URL: redis.url });
    await expectCondition(api, 'ok', NOTHING_STOPPED);
    const admin = new Redis(redis.url);
    onTestFinished(() => admin.disconnect());
    await admin.config('SET', 'maxmemory', '1');
    await expectCondition(
      api,
      'failing',
      /^Redis refuses what the service needs, .*: the memory of \S+ is full/,
    );
    await admin.config('SET', 'maxmemory', '0');
    await expectCondition(api, 'ok', NOTHING_STOPPED);
  });

  it('a PUBLIC_URL that cannot be reached', async () => {
    const service = await started({ PUBLIC_URL: `http://127.0.0.1:${await freePort()}` });
    await stop(service, callsOf(simulator, 4));
    await expectCondition(
      service.api,
      'failing',
      /^SignalWire has not fetched the documents of default since \S+, so nothing/,
    );
    expect((await healthOf(service.api)).advice).toContain('PUBLIC_URL');
  });

  it('wrong credentials', async () => {
    const service = await started({ SIGNALWIRE_API_TOKEN: 'PTwrong' });
    await stop(service, callsOf(simulator, 6));
    await expectCondition(service.api, 'failing', /^SignalWire has refused the credentials of default/);
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
    await expectCondition(
      api,
      'degraded',
      /^SignalWire has throttled fraud since \S+ \(429\): 2 cancellations are waiting$/,
    );
    await expectCondition(fraud, 'degraded', /^SignalWire has throttled fraud/);
    expect(JSON.stringify(await (await billing.request('/queue')).json())).not.toContain('fraud');
    expect((await healthOf(billing)).level).toBe('ok');
  });
});
