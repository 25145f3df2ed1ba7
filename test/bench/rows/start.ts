import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { freePort } from '../../../src/demo/free-port.js';
import { MEGABYTE } from '../../support/megabyte.js';
import { ask, stopChild } from '../child.js';
import type { Watched } from '../child.js';
import { isMeasured, linesOf } from '../comparison.js';
import type { Comparison, Outcome, Rounds } from '../comparison.js';
import type { MemoryOrder, MemoryReport } from '../memory-watch.js';
import { residentMbOf, USAGE_IS_KNOWN, USAGE_IS_UNKNOWN } from '../process-usage.js';
import type { BareNestSetup } from '../programs/bare-nest.js';
import type { Running } from '../running.js';
import type { Stage } from '../stage.js';
import { takeTurns } from '../turns.js';
import { targetOf } from './api.js';
import type { BenchRow } from './row.js';

const CONNECTIONS = 50;
const BARE = 'bare-nest';
const CEILING = 'bare Nest and Fastify';
const ASKS_AGAIN_AFTER_MS = 5;
const IDLE_MS = 2000;
const LOOKS_AGAIN_AFTER_MS = 100;

export type Started = Readonly<Record<'startMs' | 'idleMb' | 'loadedMb', number>>;

export const startRow: BenchRow = {
  name: 'start',
  title: 'Start and memory',
  about: `A process with all roles, from its start until the first 202, and its resident memory: ${IDLE_MS / 1000} s later, and the most of it
under ${CONNECTIONS} connections that ask for cancellations, which it works off meanwhile. The ceiling is an application of Nest on
Fastify with one route, which answers 202. Each is started anew in each round.`,
  async measure(stage): Promise<Outcome[]> {
    const what = 'one process, all roles';
    if (!USAGE_IS_KNOWN) return [{ what, ceiling: CEILING, reason: USAGE_IS_UNKNOWN }];
    const { url: stubUrl } = await stage.run('stub', 'stub');
    const rounds = await takeTurns(stage, startRow.name, {
      ours: (round) => measureStart(stage, () => startOurs(stage, stubUrl, `{bench-start-${round}}`)),
      bare: () => measureStart(stage, () => startBare(stage, BARE)),
    });
    const { ours, bare } = rounds;
    return [
      ...startQuantitiesOf({ what, ceiling: CEILING, rounds: { ours, theirs: bare }, goal: { atMost: 1.3 } }),
    ];
  },
  async explain(stage, outcomes) {
    if (!outcomes.every(isMeasured)) return [];
    const { url: stubUrl } = await stage.run('stub', 'stub');
    const prefix = '{bench-start-explained}';
    const ours = await memoryUnderLoad(stage, () => startOurs(stage, stubUrl, prefix, { tellsMemory: true }));
    const theirs = await memoryUnderLoad(stage, () => readyBare(stage));
    const parts = Object.entries(SHARES).map(([part, of]) => ({
      part,
      ours: of(ours) / MEGABYTE,
      theirs: of(theirs) / MEGABYTE,
    }));
    const about = `What the most of the resident memory under load is made of, by V8, with the ceiling's packages as npm installs them; in use
is what a full collection leaves afterwards:`;
    return [{ about, unit: 'MB', parts }];
  },
};

export async function startOurs(
  stage: Stage,
  stubUrl: string,
  prefix: string,
  watched: Watched = {},
): Promise<Running> {
  const setup = { roles: 'api,worker,documents', prefix, stubUrl, ...watched };
  return (await stage.spawnService(setup)).service;
}

async function startBare(stage: Stage, program: string): Promise<Running> {
  const port = await freePort();
  return stage.spawn(program, 'service', port, { port } satisfies BareNestSetup);
}

/** One that has told that it is ready, so that its next message is the answer to an order. */
const readyBare = async (stage: Stage): Promise<Running> =>
  stage.run(BARE, 'service', { port: await freePort() } satisfies BareNestSetup, { tellsMemory: true });

export async function measureStart(stage: Stage, start: () => Promise<Running>): Promise<Started> {
  const { signal } = stage.program;
  const running = await start();
  const startMs = await untilAccepted(stage, running);
  await delay(IDLE_MS, undefined, { signal });
  const idleMb = await residentMbOf(running.pid);
  const loadedMb = await most(() => residentMbOf(running.pid), loadOn(stage, running));
  await stopChild(running.child);
  return { startMs, idleMb, loadedMb };
}

export function startQuantitiesOf({
  rounds,
  ...compared
}: Pick<Comparison, 'what' | 'ceiling' | 'goal'> & { readonly rounds: Rounds<keyof Started> }): Comparison[] {
  return [
    { ...compared, quantity: 'start to the first 202, ms', ...linesOf(rounds, 'startMs') },
    { ...compared, quantity: 'resident memory idle, MB', ...linesOf(rounds, 'idleMb') },
    { ...compared, quantity: 'resident memory under load, MB', ...linesOf(rounds, 'loadedMb') },
  ];
}

function loadOn(stage: Stage, running: Running): Promise<unknown> {
  const { url, requests } = targetOf(stage, running, { name: `start-${running.pid}` });
  return stage.load({ url, connections: CONNECTIONS, seconds: stage.choose(3, 1), requests });
}

/** What the resident memory was made of when it was the most under load. */
async function memoryUnderLoad(stage: Stage, start: () => Promise<Running>): Promise<MemoryReport> {
  const running = await start();
  await untilAccepted(stage, running);
  running.child.send({ memory: 'watch' } satisfies MemoryOrder);
  await loadOn(stage, running);
  const parts = await ask<MemoryReport>(
    running.child,
    { memory: 'tell' } satisfies MemoryOrder,
    stage.program.signal,
  );
  await stopChild(running.child);
  return parts;
}

const SHARES: Readonly<Record<string, (parts: MemoryReport) => number>> = {
  'old objects that are in use': ({ inUse }) => inUse,
  'garbage among old objects, and their spare room': ({ old, inUse }) => old - inUse,
  'room for young objects': ({ young }) => young,
  'all else: Node.js, compiled code, what V8 brings, buffers': ({ resident, old, young }) =>
    resident - old - young,
};

/** @returns ms since the process was started */
async function untilAccepted(stage: Stage, { url, startedAt }: Running): Promise<number> {
  const agent = new Agent();
  try {
    for (;;) {
      const status = await request(`${url}/cancellations`, {
        method: 'POST',
        dispatcher: agent,
        headers: { 'content-type': 'application/json', authorization: stage.authorization },
        body: JSON.stringify({ callSid: 'first', streamName: 'stream' }),
      }).then(
        async ({ statusCode, body }) => {
          await body.dump();
          return statusCode;
        },
        () => 0,
      );
      if (status === 202) return performance.now() - startedAt;
      await delay(ASKS_AGAIN_AFTER_MS, undefined, { signal: stage.program.signal });
    }
  } finally {
    await agent.destroy();
  }
}

/** The highest of the values until `end`. */
async function most(value: () => Promise<number>, end: Promise<unknown>): Promise<number> {
  const values = [await value()];
  const isOver = (): Promise<boolean> =>
    Promise.race([end.then(() => true), delay(LOOKS_AGAIN_AFTER_MS, false)]);
  while (!(await isOver())) values.push(await value());
  return Math.max(...values);
}
