import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';
import { startPrometheus } from './prometheus-process.js';
import { areLeftOut, MONITORING } from './promtool.js';

const TOKEN = 'a-token-for-scrapes-of-tests';
const SOON = { timeout: 30_000, interval: 200 };

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const DASHBOARDS = join(MONITORING, 'grafana/dashboards');
const panels = readdirSync(DASHBOARDS).flatMap((file) => {
  const { panels } = JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as { panels: readonly Panel[] };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [`${file.replace('.json', '')}: ${title}`, expr] as const),
  );
});

const SERIES = /\b(?:streamstop[_:][\w:]+|nodejs_\w+|process_\w+|up)\b/g;

/** The series that an expression reads; label matchers may hold anything. */
const seriesIn = (expr: string): string[] => [...new Set(expr.replaceAll(/\{[^}]*\}/g, '').match(SERIES))];

describe.skipIf(areLeftOut)('Prometheus, as provisioned, on a running service', () => {
  let simulator: Simulator;
  let api: TestService;
  let worker: TestService;
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>;

  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
    api = await startTestService({ ROLES: 'api,documents', METRICS_TOKEN: TOKEN }, simulator);
    const { QUEUE_PREFIX, PUBLIC_URL } = api.variables;
    const shared = { QUEUE_PREFIX, PUBLIC_URL, METRICS_TOKEN: TOKEN };
    worker = await startTestService({ ROLES: 'worker', ...shared }, simulator);
    const hosts = [api.urls.api, worker.urls.operations].map((url) => new URL(url ?? '').host);
    prometheus = await startPrometheus({ targets: hosts, token: TOKEN, interval: '1s' });
  });
  afterAll(async () => {
    await prometheus.stop();
    await Promise.all([api.close(), worker.close()]);
    await simulator.close();
  });

  it('scrapes every process with the token', async () => {
    await expect
      .poll(
        async () => (await prometheus.targets()).map(({ health, lastError }) => [health, lastError]),
        SOON,
      )
      .toEqual([
        ['up', ''],
        ['up', ''],
      ]);
  });

  it('evaluates every rule without an error, and nothing fires', async () => {
    await expect
      .poll(async () => (await prometheus.rules()).map(({ health }) => health), SOON)
      .toSatisfy((healths: string[]) => healths.length > 40 && healths.every((health) => health === 'ok'));
    // What was not scraped yet at the first evaluation is pending for a moment.
    const firing = (await prometheus.rules()).filter(({ state }) => state === 'firing');
    expect(firing).toEqual([]);
  });

  it('finds every series that a rule reads', async () => {
    const rules = await prometheus.rules();
    const wanted = new Set(rules.flatMap(({ query }) => seriesIn(query)));
    expect(wanted.size).toBeGreaterThan(25);
    for (const name of wanted)
      await expect.poll(() => prometheus.query(`count(${name})`), { ...SOON, message: name }).toHaveLength(1);
  });

  it.each(panels)('finds every series of the panel "%s"', async (_, expr) => {
    for (const name of seriesIn(expr))
      await expect.poll(() => prometheus.query(`count(${name})`), { ...SOON, message: name }).toHaveLength(1);
    await prometheus.query(expr);
  });

  it('shows what has become of a cancellation', async () => {
    const call = simulator.createCall({ streams: [{ name: 'stream' }] });
    const { id } = await api.api.create({ callSid: call.sid, streamName: 'stream' });
    await api.queue.finished(id);
    const met = 'streamstop_slo_cancellations_total{objective="within_deadline",result="met"}';
    await expect
      .poll(
        async () => (await prometheus.query(met)).map(({ metric, value }) => [metric['project'], value]),
        SOON,
      )
      .toEqual([['default', 1]]);
    await expect
      .poll(async () => (await prometheus.query('streamstop:time_to_stop_seconds:p99_5m'))[0]?.value, SOON)
      .toBeGreaterThan(0);
  });

  it('says that a process does not answer scrapes if its token is another one', async () => {
    const other = await startTestService({ ROLES: 'worker', METRICS_TOKEN: `another-${TOKEN}` }, simulator);
    const { host } = new URL(other.urls.operations ?? '');
    const second = await startPrometheus({ targets: [host], token: TOKEN, interval: '1s' });
    await expect
      .poll(() => second.targets(), SOON)
      .toEqual([{ instance: host, health: 'down', lastError: expect.stringContaining('401') as string }]);
    await second.stop();
    await other.close();
  });

  it('scrapes without a token where there is none', async () => {
    const open = await startTestService({ ROLES: 'worker' }, simulator);
    const { host } = new URL(open.urls.operations ?? '');
    const second = await startPrometheus({ targets: [host], token: '', interval: '1s' });
    await expect
      .poll(() => second.targets(), SOON)
      .toEqual([{ instance: host, health: 'up', lastError: '' }]);
    await second.stop();
    await open.close();
  });
});
