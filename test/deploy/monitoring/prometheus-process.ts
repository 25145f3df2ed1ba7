import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../src/demo/free-port.js';

/** From the root of the repository, where npm runs its scripts. */
const PROVISIONED = 'deploy/monitoring/prometheus';

export const PROMETHEUS = '/usr/bin/prometheus';

const STARTS_WITHIN_MS = 30_000;

export interface Given {
  /** Instead of the names that Compose's DNS knows: `host:port`. */
  readonly targets: readonly string[];
  readonly token: string;
  /** Between two scrapes, and two evaluations of the rules. */
  readonly interval: string;
  /** How long a series counts as there after its last sample; default: Prometheus' 5 minutes. */
  readonly lookback?: string;
  /** Changes the text of each file of rules. */
  readonly change?: (rules: string) => string;
}

/** A rule as Prometheus has loaded it. */
export interface LoadedRule {
  readonly name: string;
  readonly query: string;
  readonly health: string;
  readonly lastError?: string;
  readonly state?: string;
}

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
}

/** Debian's Prometheus with the provisioned configuration and rules; only where and how often it scrapes is changed. */
export async function startPrometheus(given: Given) {
  const folder = await mkdtemp(join(tmpdir(), 'streamstop-prometheus-'));
  await writeConfiguration(folder, given);
  const port = await freePort();
  const child = spawn(
    PROMETHEUS,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--query.lookback-delta=${given.lookback ?? '5m'}`,
      '--log.level=warn',
    ],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, child);

  const ask = async <T>(path: string, query: Record<string, string> = {}): Promise<T> => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(query).toString()}`);
    const { status, error, data } = (await response.json()) as Answer<T>;
    if (status !== 'success') throw new Error(`${query['query'] ?? path}: ${error}`);
    return data;
  };
  return {
    /** The labels and values that the query finds now. */
    query: async (query: string) => {
      const { result } = await ask<{
        result: { metric: Record<string, string>; value: [number, string] }[];
      }>('query', { query });
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    /** Each with `up`, `down` or `unknown`, and why. */
    targets: async () => {
      const { activeTargets } = await ask<{
        activeTargets: { health: string; lastError: string; labels: { instance: string } }[];
      }>('targets');
      return activeTargets.map(({ labels, health, lastError }) => ({
        instance: labels.instance,
        health,
        lastError,
      }));
    },
    rules: async (): Promise<readonly LoadedRule[]> => {
      const { groups } = await ask<{ groups: { rules: LoadedRule[] }[] }>('rules');
      return groups.flatMap(({ rules }) => rules);
    },
    stop: async (): Promise<void> => {
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill('SIGKILL')) await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function writeConfiguration(folder: string, given: Given): Promise<void> {
  const { targets, token, interval, change = (rules) => rules } = given;
  await mkdir(join(folder, 'rules'));
  for (const file of await readdir(join(PROVISIONED, 'rules'))) {
    const rules = await readFile(join(PROVISIONED, 'rules', file), 'utf8');
    await writeFile(join(folder, 'rules', file), change(rules));
  }
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, token);
  const provisioned = await readFile(join(PROVISIONED, 'prometheus.yml'), 'utf8');
  const configuration = replaced(provisioned, [
    [/dns_sd_configs:[^]*$/, `static_configs: [{ targets: ${JSON.stringify(targets)} }]\n`],
    ['/tmp/metrics-token', tokenFile],
    [/alerting:\n(?: .*\n)+/, ''],
    ['scrape_interval: 15s', `scrape_interval: ${interval}`],
    ['scrape_timeout: 10s', `scrape_timeout: ${interval}`],
    ['evaluation_interval: 15s', `evaluation_interval: ${interval}`],
  ]);
  await writeFile(join(folder, 'prometheus.yml'), configuration);
}

/** @throws a part is not there, so that something else would be tested */
function replaced(text: string, parts: readonly (readonly [string | RegExp, string])[]): string {
  return parts.reduce((before, [from, to]) => {
    const after = before.replace(from, () => to);
    if (after === before) throw new Error(`prometheus.yml has no ${String(from)}`);
    return after;
  }, text);
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const start = performance.now();
  const isReady = () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`prometheus ended with exit code ${child.exitCode}`);
    if (performance.now() - start > STARTS_WITHIN_MS) throw new Error('prometheus is not ready');
    await delay(100);
  }
}
