import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { stopChild } from '../child.js';
import type { Running } from '../child.js';
import { CONNECTIONS } from '../measure/measured-load.js';
import { residentMbOf, USAGE_IS_KNOWN, USAGE_IS_UNKNOWN } from '../measure/process-usage.js';
import { comparePlain } from '../results/comparison.js';
import type { Side } from '../results/comparison.js';
import type { Stage } from '../stage.js';
import { takeTurns } from '../turns.js';
import { targetOf } from './api.js';
import type { BenchRow } from './row.js';

const ASKS_AGAIN_AFTER_MS = 5;
const IDLE_MS = 2000;
const LOOKS_AGAIN_AFTER_MS = 100;
const MOST_ROUNDS = 3;

const COMPARED = { what: 'one process, all roles', ceiling: 'bare Nest on Fastify' };

type Started = Readonly<Record<'startMs' | 'idleMb' | 'loadedMb', number>>;

export const startRow: BenchRow = {
  name: 'start',
  title: 'Start and memory',
  about: `One process with all roles, started anew in each round: from its start until the first 202, its resident memory ${IDLE_MS / 1000} s later,
and its highest resident memory while ${CONNECTIONS} connections request cancellations, which it works off meanwhile. The ceiling is a Nest
application on Fastify with one route.`,
  async measure(stage) {
    if (!USAGE_IS_KNOWN) return [{ what: COMPARED.what, reason: USAGE_IS_UNKNOWN }];
    const { url: stubUrl } = await stage.run('stub', 'stub');
    const measure = (side: Side, start: () => Promise<Running>) => () => measureStart(stage, side, start);
    const turns = {
      ours: measure('ours', () => stage.spawnService({ roles: 'api,worker,documents', stubUrl })),
      plain: measure('plain', () => stage.spawnPlain({ worker: true, stubUrl })),
      ceiling: measure('ceiling', () => stage.spawnBareNest()),
    };
    const rounds = await takeTurns(stage, startRow.name, turns, MOST_ROUNDS);
    return [
      comparePlain(rounds, 'startMs', {
        ...COMPARED,
        quantity: 'start to the first 202, ms',
        chart: { label: 'start', unit: 'ms', better: 'lower' },
      }),
      comparePlain(rounds, 'idleMb', {
        ...COMPARED,
        quantity: 'resident memory when idle, MB',
        chart: { label: 'memory when idle', unit: 'MB', better: 'lower' },
      }),
      comparePlain(rounds, 'loadedMb', { ...COMPARED, quantity: 'resident memory under load, MB' }),
    ];
  },
};

async function measureStart(stage: Stage, side: Side, start: () => Promise<Running>): Promise<Started> {
  const running = await start();
  const startMs = await untilAccepted(stage, running);
  await delay(IDLE_MS, undefined, { signal: stage.program.signal });
  const idleMb = await residentMbOf(running.pid);
  const { url, requests } = targetOf(stage, running, { name: `start-${running.pid}` });
  const load = stage.load({ url, connections: CONNECTIONS, seconds: 2, requests });
  const loadedMb = await highest(() => residentMbOf(running.pid), load);
  await stopChild(running.child);
  await stage.empty(side);
  return { startMs, idleMb, loadedMb };
}

/** @returns ms since the process was started */
async function untilAccepted(stage: Stage, { url, startedAt }: Running): Promise<number> {
  const agent = new Agent();
  try {
    while ((await statusOfOne(stage, url, agent)) !== 202)
      await delay(ASKS_AGAIN_AFTER_MS, undefined, { signal: stage.program.signal });
    return performance.now() - startedAt;
  } finally {
    await agent.destroy();
  }
}

/** The status of one request for a cancellation; 0 if nobody listens yet. */
async function statusOfOne({ authorization }: Stage, url: string, dispatcher: Agent): Promise<number> {
  try {
    const { statusCode, body } = await request(`${url}/cancellations`, {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ callSid: 'first', streamName: 'stream' }),
    });
    await body.dump();
    return statusCode;
  } catch {
    return 0;
  }
}

/** The highest value until `end`. */
async function highest(value: () => Promise<number>, end: Promise<unknown>): Promise<number> {
  const values = [await value()];
  const isOver = (): Promise<boolean> =>
    Promise.race([end.then(() => true), delay(LOOKS_AGAIN_AFTER_MS, false)]);
  while (!(await isOver())) values.push(await value());
  return Math.max(...values);
}
