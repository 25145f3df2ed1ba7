import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { freePort } from '../../free-port.js';
import { CountingStub } from '../backlog.js';
import { ask, stopChild } from '../child.js';
import { isMeasured, linesOf } from '../comparison.js';
import type { Outcome } from '../comparison.js';
import type { MemoryOrder, MemoryReport } from '../memory-watch.js';
import { residentMbOf } from '../process-usage.js';
import type { BareNestSetup } from '../programs/bare-nest.js';
import type { Running } from '../running.js';
import type { Stage } from '../stage.js';
import type { BenchRow } from './row.js';

const CONNECTIONS = 50;
const ASKS_AGAIN_AFTER_MS = 5;
const IDLE_MS = 2000;
const LOOKS_AGAIN_AFTER_MS = 100;

type Started = Readonly<Record<'startMs' | 'idleMb' | 'loadedMb', number>>;

export const startRow: BenchRow = {
  name: 'start',
  title: 'Start and memory',
  about: `A process with all roles, from its start until the first 202, and its resident memory: ${IDLE_MS / 1000} s later, and the most of it
under ${CONNECTIONS} connections that ask for cancellations, which it works off meanwhile. The ceiling is an application of Nest on
Fastify with one route, which answers 202.`,
  async measure(stage): Promise<Outcome[]> {
    const compared = { what: 'one process, all roles', ceiling: 'bare Nest and Fastify' };
    if (process.platform !== 'linux')
      return [{ ...compared, reason: 'only Linux tells what a process uses' }];
    const stub = await CountingStub.start(stage);
    const rounds = { ours: [] as Started[], theirs: [] as Started[] };
    await stage.eachRound(startRow.name, async (round) => {
      rounds.ours.push(await measureStart(stage, `ours-${round}`, () => startOurs(stage, stub, round)));
      rounds.theirs.push(await measureStart(stage, `bare-${round}`, () => startBare(stage)));
    });
    const goal = { atMost: 1.3 };
    return [
      { ...compared, quantity: 'start to the first 202, ms', ...linesOf(rounds, 'startMs'), goal },
      { ...compared, quantity: 'resident memory idle, MB', ...linesOf(rounds, 'idleMb'), goal },
      { ...compared, quantity: 'resident memory under load, MB', ...linesOf(rounds, 'loadedMb'), goal },
    ];
  },
  async explain(stage, outcomes) {
    if (!outcomes.every(isMeasured)) return [];
    const stub = await CountingStub.start(stage);
    const ours = await memoryUnderLoad(stage, 'made-of-ours', () => startOurs(stage, stub, 0));
    const theirs = await memoryUnderLoad(stage, 'made-of-bare', () => readyBare(stage));
    const parts = Object.entries(SHARES).map(([part, of]) => ({
      part,
      ours: of(ours) / MB,
      theirs: of(theirs) / MB,
    }));
    const about =
      'What the most of the resident memory under load is made of, by V8; in use is what a full collection leaves afterwards:';
    return [{ about, unit: 'MB', parts }];
  },
};

async function startOurs(stage: Stage, stub: CountingStub, round: number): Promise<Running> {
  const setup = {
    roles: 'api,worker,documents',
    prefix: `{bench-start-${round}}`,
    stubUrl: stub.running.url,
  };
  return (await stage.spawnService(setup)).service;
}

async function startBare(stage: Stage): Promise<Running> {
  const port = await freePort();
  return stage.spawn('bare-nest', 'service', port, { port } satisfies BareNestSetup);
}

const readyBare = async (stage: Stage): Promise<Running> =>
  stage.run('bare-nest', 'service', { port: await freePort() } satisfies BareNestSetup);

async function measureStart(stage: Stage, name: string, start: () => Promise<Running>): Promise<Started> {
  const { signal } = stage.program;
  const running = await start();
  const startMs = await untilAccepted(stage, running);
  await delay(IDLE_MS, undefined, { signal });
  const idleMb = await residentMbOf(running.pid);
  const loadedMb = await most(() => residentMbOf(running.pid), loadOn(stage, running, name));
  await stopChild(running.child);
  return { startMs, idleMb, loadedMb };
}

const loadOn = (stage: Stage, { url }: Running, name: string): Promise<unknown> =>
  stage.load({
    url,
    connections: CONNECTIONS,
    seconds: stage.choose(4, 1),
    requests: { kind: 'cancellations', authorization: stage.authorization, name, withIdempotencyKey: true },
  });

/** What the resident memory was made of when it was the most under load. */
async function memoryUnderLoad(
  stage: Stage,
  name: string,
  start: () => Promise<Running>,
): Promise<MemoryReport> {
  const running = await start();
  await untilAccepted(stage, running);
  running.child.send({ memory: 'watch' } satisfies MemoryOrder);
  await loadOn(stage, running, name);
  const parts = await ask<MemoryReport>(
    running.child,
    { memory: 'tell' } satisfies MemoryOrder,
    stage.program.signal,
  );
  await stopChild(running.child);
  return parts;
}

const MB = 1024 * 1024;

const SHARES: Readonly<Record<string, (parts: MemoryReport) => number>> = {
  'old objects that are in use': ({ inUse }) => inUse,
  'garbage among old objects, and their spare room': ({ old, inUse }) => old - inUse,
  'room for young objects': ({ young }) => young,
  'outside of the heap: Node.js, compiled code, buffers': ({ resident, old, young }) =>
    resident - old - young,
};

/** @returns ms since the process was started */
export async function untilAccepted(stage: Stage, { url, startedAt }: Running): Promise<number> {
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
