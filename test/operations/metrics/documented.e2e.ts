import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import { readScrape } from '../../platform/metrics/scrape.js';
import type { ScrapedMetric } from '../../platform/metrics/scrape.js';
import { startTestService } from '../../support/service.js';
import type { TestService } from '../../support/service.js';

const ROLES = ['api', 'worker', 'documents'] as const;
type Role = (typeof ROLES)[number];

const PAGE = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
const ROW =
  /^\| `(?<name>(?:streamstop|process|nodejs)_\w+)` \| (?<type>\w+) \| (?<labels>[^|]+) \|(?: (?<role>\w+) \|)?/gm;

/** The rows of both tables; those of Node.js are of all roles. */
const documented = [...PAGE.matchAll(ROW)].map(({ groups = {} }) => ({
  name: groups['name'] ?? '',
  type: groups['type'] ?? '',
  labels: [...(groups['labels'] ?? '').matchAll(/`(\w+)`/g)].map(([, label = '']) => label).toSorted(),
  role: groups['role'] ?? 'all',
}));

const shown = (metrics: ReadonlyMap<string, ScrapedMetric>) =>
  [...metrics].map(([name, { type, labels }]) => `${name} ${type} ${labels.toSorted().join()}`).toSorted();

const described = (role: Role) =>
  documented
    .filter((row) => row.role === 'all' || row.role === role)
    .map(({ name, type, labels }) => `${name} ${type} ${labels.join()}`)
    .toSorted();

describe('the metrics before any cancellation', () => {
  let simulator: Simulator;
  const services = new Map<Role, TestService>();

  beforeAll(async () => {
    simulator = await startSimulator({ log: false });
    for (const role of ROLES) services.set(role, await startTestService({ ROLES: role }, simulator));
  });
  afterAll(async () => {
    await Promise.all([...services.values()].map((service) => service.close()));
    await simulator.close();
  });

  const scrape = async (role: Role): Promise<ReadonlyMap<string, ScrapedMetric>> => {
    const { api = '', operations = api } = services.get(role)?.urls ?? {};
    return readScrape(await (await fetch(`${operations}/metrics`)).text());
  };

  it.each(ROLES)(
    'are those that docs/operations.md has for the role %s: names, types and labels',
    async (role) => {
      expect(shown(await scrape(role))).toEqual(described(role));
      const empty = async () => [...(await scrape(role))].filter(([, { series }]) => series.size === 0);
      // Pending callbacks have to be counted first.
      await expect.poll(empty, { timeout: 10_000 }).toEqual([]);
    },
  );

  it('have every series that the outcomes, results and states can lead to', async () => {
    const series = new Set<string>();
    for (const role of ROLES)
      for (const metric of (await scrape(role)).values())
        for (const one of metric.series.keys()) series.add(one);
    expect([...series]).toEqual(
      expect.arrayContaining([
        'streamstop_attempts_total{outcome="unauthorized",strategy="stream_resource"}',
        'streamstop_cancellations_total{status="expired",evidence="none"}',
        'streamstop_slo_cancellations_total{project="default",objective="within_1s",result="missed"}',
        'streamstop_leaked_stream_seconds_total{project="default"}',
        'streamstop_documents_total{result="template_failed"}',
        'streamstop_stream_events_total{event="ambiguous"}',
        'streamstop_callback_attempts_total{result="failed",outcome="gone"}',
        'streamstop_api_requests_refused_total{reason="key"}',
        'streamstop_jobs{state="waiting"}',
        'streamstop_project_state{project="default",state="undelivered"}',
        'streamstop_project_paused_since_seconds{project="default"}',
        'streamstop_http_requests_total{server="api",method="POST",route="/cancellations",status="5xx"}',
        'streamstop_http_requests_total{server="documents",method="GET",route="/laml/stop-stream/:token",status="2xx"}',
        'streamstop_http_requests_total{server="operations",method="any",route="unknown",status="4xx"}',
        'nodejs_gc_duration_seconds_count{kind="major"}',
      ]),
    );
  });

  const count = async (): Promise<number> =>
    [...(await scrape('api')).values()].reduce((sum, { series }) => sum + series.size, 0);

  it('are as many as the configuration has projects, routes and outcomes, whatever is asked for', async () => {
    const before = await count();
    const { api = '' } = services.get('api')?.urls ?? {};
    for (const path of ['/a', '/b', '/cancellations/x', '/cancellations/y', '/dashboard/x', '/docs/x'])
      for (const method of ['GET', 'PUT', 'HEAD', 'PROPFIND']) await fetch(api + path, { method });
    expect(await count()).toBe(before);
  });
});
