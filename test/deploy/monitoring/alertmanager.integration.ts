import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../../../src/demo/free-port.js';
import { notified } from '../../drills/alerts/notified.js';
import type { Firing } from '../../drills/alerts/notified.js';
import { areLeftOut, MONITORING } from './promtool.js';

const CONFIGURATION = join(MONITORING, 'alertmanager/alertmanager.yml');

/** Alertmanager leaves out labels that are empty. */
type Labels = Pick<Firing, 'alertname'> & Partial<Firing>;

interface Shown {
  readonly labels: Labels;
  readonly status: { readonly state: 'unprocessed' | 'active' | 'suppressed' };
  readonly receivers: readonly { readonly name: string }[];
}

const alert = (alertname: string, kind: string, severity: string, project = ''): Firing => ({
  alertname,
  kind,
  severity,
  project,
});

const BURNS = alert('StreamstopDeadlineBudgetBurnsFast', 'symptom', 'critical', 'billing');
const BURNS_FOR_OTHER = alert('StreamstopDeadlineBudgetBurnsFast', 'symptom', 'critical', 'default');
const STALLED = alert('StreamstopQueueStalled', 'symptom', 'critical');
const UNAUTHORIZED = alert('StreamstopProjectUnauthorized', 'cause', 'critical', 'billing');
const THROTTLED = alert('StreamstopProjectThrottled', 'cause', 'warning', 'billing');
const NO_WORKER = alert('StreamstopWorkerMissing', 'cause', 'critical');
const TARGET = alert('StreamstopTargetDown', 'cause', 'warning');

/** By the alerts that fire: who is told of what. */
const CASES: [string, readonly Firing[], readonly Firing[]][] = [
  ['symptoms, while no cause is known', [BURNS, STALLED], [BURNS, STALLED]],
  [
    'a fault of a project, and not of what its stops suffer',
    [UNAUTHORIZED, BURNS, BURNS_FOR_OTHER, STALLED],
    [UNAUTHORIZED, BURNS_FOR_OTHER, STALLED],
  ],
  ['a throttled project, and not of what its stops suffer', [THROTTLED, BURNS], [THROTTLED]],
  ['a fault of the service, and of nothing that follows', [NO_WORKER, BURNS, STALLED, TARGET], [NO_WORKER]],
  ['a fault of a project beside one of the service', [NO_WORKER, UNAUTHORIZED], [NO_WORKER, UNAUTHORIZED]],
  ['a lesser fault beside one of a project', [UNAUTHORIZED, TARGET], [UNAUTHORIZED, TARGET]],
];

/** An Alertmanager for one test, as provisioned. */
async function startAlertmanager() {
  const folder = await mkdtemp(join(tmpdir(), 'streamstop-alertmanager-'));
  const port = await freePort();
  const child = spawn(
    '/usr/bin/prometheus-alertmanager',
    [
      `--config.file=${CONFIGURATION}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGKILL')) await ended;
    await rm(folder, { recursive: true });
  });
  const url = `http://127.0.0.1:${port}`;
  await vi.waitFor(async () => expect((await fetch(`${url}/-/ready`)).ok).toBe(true), { timeout: 30_000 });
  return {
    fire: async (firing: readonly Firing[]): Promise<void> => {
      const body = JSON.stringify(firing.map((labels) => ({ labels })));
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body });
      expect(response.status).toBe(200);
    },
    alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as Shown[],
  };
}

const namesOf = (firing: readonly Labels[]): string[] =>
  firing.map(({ alertname, project = '' }) => `${alertname} ${project}`).toSorted();

describe.skipIf(areLeftOut)('Alertmanager, as provisioned', () => {
  it('takes its configuration', async () => {
    const { stdout } = await promisify(execFile)('/usr/bin/amtool', ['check-config', CONFIGURATION]);
    expect(stdout).toContain('SUCCESS');
  });

  it.each(CASES)('tells of %s', async (_, firing, told) => {
    const alertmanager = await startAlertmanager();
    await alertmanager.fire(firing);
    // An alert is looked at when its group is sent, after `group_wait`.
    await expect
      .poll(
        async () => {
          const shown = await alertmanager.alerts();
          const active = shown.filter(({ status }) => status.state === 'active');
          return [shown.length, namesOf(active.map(({ labels }) => labels))];
        },
        { timeout: 50_000, interval: 200 },
      )
      .toEqual([firing.length, namesOf(told)]);
    expect(namesOf(notified(firing))).toEqual(namesOf(told));
  });

  it('pages for what is critical, and for nothing else', async () => {
    const alertmanager = await startAlertmanager();
    await alertmanager.fire([NO_WORKER, TARGET]);
    const receivers = (await alertmanager.alerts()).map(({ labels, receivers: [receiver] }) => [
      labels.alertname,
      receiver?.name,
    ]);
    expect(Object.fromEntries(receivers)).toEqual({
      StreamstopWorkerMissing: 'on-call',
      StreamstopTargetDown: 'tickets',
    });
  });
});
