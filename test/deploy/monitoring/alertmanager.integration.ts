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
const DROPS_CALLS = alert('StreamstopCallsEndAfterUpdate', 'symptom', 'critical', 'billing');
const PAUSED = alert('StreamstopPaused', 'cause', 'warning', 'billing');
const NOT_FETCHED = alert('StreamstopDocumentsNotFetched', 'cause', 'critical', 'billing');
const NO_REDIS = alert('StreamstopRedisUnreachable', 'cause', 'critical');
const API_ERRORS = alert('StreamstopApiErrors', 'symptom', 'critical');
const DOWN = alert('StreamstopDown', 'cause', 'critical');
const BLIND = alert('StreamstopMetricsMissing', 'cause', 'warning');
/** Faults that no other explains. */
const OF_THEIR_OWN = ['KeysRefused', 'SignaturesRefused', 'LogLinesLost', 'CallbacksFailing'].map((name) =>
  alert(`Streamstop${name}`, 'cause', 'warning'),
);

/** By the alerts that fire: who is told of what. */
const CASES: [string, readonly Firing[], readonly Firing[]][] = [
  ['symptoms, while no cause is known', [BURNS, STALLED], [BURNS, STALLED]],
  [
    'a fault of a project, and not of what its stops suffer',
    [UNAUTHORIZED, BURNS, BURNS_FOR_OTHER, STALLED],
    [UNAUTHORIZED, BURNS_FOR_OTHER, STALLED],
  ],
  [
    'a throttled project and of dropped calls, and not of late stops',
    [THROTTLED, BURNS, DROPS_CALLS],
    [THROTTLED, DROPS_CALLS],
  ],
  [
    'a paused project and of dropped calls, and not of late stops',
    [PAUSED, BURNS, DROPS_CALLS],
    [PAUSED, DROPS_CALLS],
  ],
  [
    'documents that are not fetched, and not of dropped calls',
    [NOT_FETCHED, BURNS, DROPS_CALLS],
    [NOT_FETCHED],
  ],
  [
    'missing workers and of what they do not explain',
    [NO_WORKER, BURNS, STALLED, TARGET, API_ERRORS, DROPS_CALLS, ...OF_THEIR_OWN],
    [NO_WORKER, API_ERRORS, DROPS_CALLS, ...OF_THEIR_OWN],
  ],
  [
    'an unreachable Redis and of what it does not explain',
    [NO_REDIS, BURNS, STALLED, API_ERRORS, TARGET, ...OF_THEIR_OWN],
    [NO_REDIS, TARGET, ...OF_THEIR_OWN],
  ],
  ['a service that is gone, and of nothing that follows', [DOWN, BURNS, STALLED, TARGET, BLIND], [DOWN]],
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
