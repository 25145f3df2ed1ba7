import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

const COMPOSE = read('docker-compose.yml');
const PROMETHEUS = read('deploy/monitoring/prometheus/prometheus.yml');

/** The lines of a service in docker-compose.yml. */
const serviceIn = (name: string): string =>
  new RegExp(`^  ${name}:\n(?:(?:    .*)?\n)+`, 'm').exec(COMPOSE)?.[0] ?? '';

const WATCHING = ['prometheus', 'alertmanager', 'grafana'];

describe('the profile `monitoring` of docker-compose.yml', () => {
  it.each(WATCHING)(
    'has %s: pinned, started only with the profile, and open to this machine alone',
    (name) => {
      const service = serviceIn(name);
      expect(service).toMatch(/^ {4}image: [\w/-]+:v?\d+\.\d+\.\d+$/m);
      expect(service).toContain('<<: *watching');
      expect(service).toMatch(/ports: \['127\.0\.0\.1:\$\{\w+:-\d+\}:\d+'\]/);
      expect(COMPOSE).toMatch(/^x-watching: &watching\n {2}profiles: \[monitoring\]$/m);
    },
  );

  it.each(WATCHING)('mounts what there is for %s', (name) => {
    const mounts = [...serviceIn(name).matchAll(/- \.\/(\S+):(\/\S+):ro/g)];
    expect(mounts.length).toBeGreaterThan(0);
    for (const [, path = ''] of mounts) expect([path, existsSync(new URL(path, ROOT))]).toEqual([path, true]);
  });

  it.each([
    ['METRICS_TOKEN', 'a-token', null, 'a-token'],
    ['nothing, where there is no token', '', null, ''],
    ['a file that is mounted there, which is read-only', '', 'mounted', 'mounted'],
    ['that file rather than METRICS_TOKEN', 'a-token', 'mounted', 'mounted'],
  ])('has Prometheus send %s', (_, token, mounted, sent) => {
    const folder = mkdtempSync(join(tmpdir(), 'streamstop-compose-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'metrics-token');
    if (mounted !== null) writeFileSync(file, mounted, { mode: 0o400 });
    const [, path = ''] = /credentials_file: (\S+) \}/.exec(PROMETHEUS) ?? [];
    const command = (/command:\n {6}- >-\n((?: {8}.*\n)+)/.exec(serviceIn('prometheus'))?.[1] ?? '')
      .replaceAll(/\s+/g, ' ')
      .replaceAll('$$', '$')
      .replaceAll(path, file)
      .replace(/exec \/bin\/prometheus .*/, `exec cat ${file}`);
    const env = { PATH: process.env['PATH'], METRICS_TOKEN: token };
    expect(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8', env })).toBe(sent);
  });

  it('scrapes each service of ours on its port, and tells Alertmanager', () => {
    const scraped = [...PROMETHEUS.matchAll(/names: \[(\w+)\], type: A, port: (\d+)/g)].map(
      ([, name = '', port = '']) => [name, port],
    );
    const ports = {
      api: /^ {2}PORT: (\d+)/m.exec(COMPOSE)?.[1],
      other: /^ {2}METRICS_PORT: (\d+)/m.exec(COMPOSE)?.[1],
    };
    const ours = [...COMPOSE.matchAll(/^ {2}(\w+):\n(?: {4}.*\n)* {6}ROLES: (\S+)$/gm)].map(
      ([, name = '', roles = '']) => [name, roles.split(',').includes('api') ? ports.api : ports.other],
    );
    expect(ours).toHaveLength(2);
    expect(scraped).toEqual(ours);
    expect(PROMETHEUS).toContain("targets: ['alertmanager:9093']");
  });

  it('gives Grafana the dashboards, each with the provisioned source alone', () => {
    const provider = read('deploy/monitoring/grafana/provisioning/dashboards/streamstop.yml');
    const [, folder = ''] = /path: (\S+) \}/.exec(provider) ?? [];
    expect(serviceIn('grafana')).toContain(`./deploy/monitoring/grafana/dashboards:${folder}:ro`);
    expect(serviceIn('grafana')).toContain(`HOME_DASHBOARD_PATH: ${folder}/overview.json`);
    const source = read('deploy/monitoring/grafana/provisioning/datasources/prometheus.yml');
    const [, uid] = /uid: (\w+)/.exec(source) ?? [];
    for (const file of readdirSync(new URL('deploy/monitoring/grafana/dashboards/', ROOT))) {
      const text = read(`deploy/monitoring/grafana/dashboards/${file}`);
      const used = new Set(
        [...text.matchAll(/"type": "prometheus",\s+"uid": "(\w+)"/g)].map(([, one]) => one),
      );
      expect([file, [...used]]).toEqual([file, [uid]]);
    }
  });

  it('has dashboards whose panels say what they show, and lead to each other', () => {
    for (const [file, other] of [
      ['overview', 'internals'],
      ['internals', 'overview'],
    ]) {
      const { uid, links, panels } = JSON.parse(
        read(`deploy/monitoring/grafana/dashboards/${file}.json`),
      ) as {
        uid: string;
        links: { url: string }[];
        panels: { type: string; title: string; description?: string }[];
      };
      expect(uid).toBe(`streamstop-${file}`);
      expect(links.map(({ url }) => url)).toEqual([`/d/streamstop-${other}`]);
      const silent = panels.filter(({ type, description = '' }) => type !== 'row' && description === '');
      expect(silent.map(({ title }) => title)).toEqual([]);
    }
  });
});
