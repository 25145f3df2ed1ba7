import { freemem } from 'node:os';
import { CountingStub, ourRate } from '../backlog.js';
import type { WorkedOff } from '../backlog.js';
import { stopChild } from '../child.js';
import { linesOf } from '../comparison.js';
import type { Comparison, Goal, Outcome } from '../comparison.js';
import { compareStops, ourStops } from '../idle-stops.js';
import { drainOurs, fillOurs } from '../jobs.js';
import { measuredLoad } from '../measured-load.js';
import { usedMemory } from '../redis-usage.js';
import type { RunningService } from '../running.js';
import type { Stage } from '../stage.js';
import { BATCH, BATCH_CONNECTIONS, targetOf } from './api.js';
import { linksFor } from './documents.js';
import type { BenchRow } from './row.js';
import { untilAccepted } from './start.js';

const CONNECTIONS = 50;
const MEGABYTE = 1024 ** 2;

/** Of a waiting and of a delayed one together, with room for what is measured. */
const BYTES_EACH = 4000;

/** As many as one's memory is told by. */
const FEW = 2000;

const RATE_GOAL: Goal = { atLeast: 0.9 };
const MORE_GOAL: Goal = { atMost: 1.1 };

const CEILING = 'itself, with none waiting';

export const growthRow: BenchRow = {
  name: 'growth',
  title: 'Growth',
  about: `The service beside itself: one with so many cancellations waiting and one whose queue is empty, on the same Redis. For the
API and the documents they are ready for a worker, and none runs; for the worker they are delayed by a day, since it would
work off the others first.`,
  async measure(stage) {
    const outcomes: Outcome[] = [];
    for (const count of stage.choose([10_000, 1_000_000], [10_000])) {
      const megabytes = Math.round((count * BYTES_EACH) / MEGABYTE);
      if (freemem() / MEGABYTE < megabytes) {
        const reason = `needs ${megabytes} MB of free memory`;
        outcomes.push({ what: `${named(count)} waiting`, ceiling: CEILING, reason });
        continue;
      }
      outcomes.push(...(await withReady(stage, count)), ...(await withDelayed(stage, count)));
    }
    return outcomes;
  },
};

const named = (count: number): string => count.toLocaleString('en');

async function withReady(stage: Stage, count: number): Promise<Comparison[]> {
  const { redisUrl, program } = stage;
  const [empty, filled] = [`{bench-none-${count}}`, `{bench-ready-${count}}`];
  program.write(`  growth: ${named(count)} that are ready`);
  const ofFew = await bytesEach(stage, `{bench-few-${count}}`, FEW);
  const ofAll = await bytesEach(stage, filled, count);
  const roles = 'api,documents';
  const services = [
    await stage.service({ roles, prefix: filled }),
    await stage.service({ roles, prefix: empty }),
  ] as const;
  const rounds = { ours: [] as Loaded[], theirs: [] as Loaded[] };
  for (const service of services) await loadOn(stage, service, stage.choose(2, 1));
  await stage.eachRound(growthRow.name, async () => {
    await drainOurs(redisUrl, empty);
    rounds.ours.push(await loadOn(stage, services[0]));
    rounds.theirs.push(await loadOn(stage, services[1]));
  });
  for (const { child } of services) await stopChild(child);
  const compared = { quantity: 'requests/s', ceiling: CEILING, goal: RATE_GOAL };
  return [
    { ...compared, what: `API, ${named(count)} waiting`, ...linesOf(rounds, 'api') },
    { ...compared, what: `\`batch\`, ${named(count)} waiting`, ...linesOf(rounds, 'batch') },
    { ...compared, what: `stop document, ${named(count)} waiting`, ...linesOf(rounds, 'documents') },
    {
      what: `each of ${named(count)} waiting`,
      quantity: "Redis' memory, bytes",
      ceiling: `each of ${named(FEW)}`,
      ours: [ofAll],
      theirs: [ofFew],
      goal: MORE_GOAL,
    },
  ];
}

/** What Redis takes more for each of so many that are queued. */
async function bytesEach(stage: Stage, prefix: string, count: number): Promise<number> {
  const { redis, redisUrl } = stage;
  const before = await usedMemory(redis);
  await stage.prepare(() => fillOurs({ redisUrl, prefix, count, name: 'ready' }));
  return ((await usedMemory(redis)) - before) / count;
}

/** Requests a second. */
type Loaded = Readonly<Record<'api' | 'batch' | 'documents', number>>;

async function loadOn(stage: Stage, service: RunningService, seconds = stage.choose(3, 1)): Promise<Loaded> {
  const name = `growth-${Date.now()}`;
  const single = targetOf(stage, service, { name });
  const batch = targetOf(stage, service, { name: `${name}-batch`, batch: BATCH });
  const documents = { url: service.documentsUrl, requests: linksFor(service) };
  return {
    api: (await measuredLoad(stage, single, CONNECTIONS, seconds)).perSecond,
    batch: (await measuredLoad(stage, batch, BATCH_CONNECTIONS, seconds)).perSecond,
    documents: (await measuredLoad(stage, documents, CONNECTIONS, seconds)).perSecond,
  };
}

async function withDelayed(stage: Stage, count: number): Promise<Comparison[]> {
  const { redisUrl, program } = stage;
  const [empty, filled] = [`{bench-idle-${count}}`, `{bench-delayed-${count}}`];
  program.write(`  growth: ${named(count)} that are delayed`);
  await stage.prepare(() => fillOurs({ redisUrl, prefix: filled, count, name: 'delayed', delayed: true }));
  return [
    ...(await workedOff(stage, count, [filled, empty])),
    ...(await stopped(stage, count, [filled, empty])),
    await started(stage, count, [filled, empty]),
  ];
}

type Prefixes = readonly [filled: string, empty: string];

async function workedOff(stage: Stage, count: number, [filled, empty]: Prefixes): Promise<Comparison[]> {
  const stub = await CountingStub.start(stage);
  const rounds = { ours: [] as WorkedOff[], theirs: [] as WorkedOff[] };
  await stage.eachRound(growthRow.name, async () => {
    const backlog = stage.choose(8000, 1000);
    rounds.ours.push(await ourRate(stage, stub, filled, backlog));
    rounds.theirs.push(await ourRate(stage, stub, empty, backlog));
  });
  const compared = { what: `worker, ${named(count)} waiting`, ceiling: CEILING };
  return [
    { ...compared, quantity: 'cancellations/s', ...linesOf(rounds, 'perSecond'), goal: RATE_GOAL },
    { ...compared, quantity: 'Redis commands each', ...linesOf(rounds, 'commands'), goal: MORE_GOAL },
  ];
}

async function stopped(stage: Stage, count: number, [filled, empty]: Prefixes): Promise<Comparison[]> {
  const stopwatch = await stage.run('stopwatch', 'load');
  const both = [await ourStops(stage, stopwatch, filled), await ourStops(stage, stopwatch, empty)] as const;
  const times = await compareStops(stage, growthRow.name, stopwatch, both);
  const compared = { quantity: 'p50, ms', ceiling: CEILING, goal: MORE_GOAL };
  return [
    { ...compared, what: `202 to the POST, ${named(count)} waiting`, ...linesOf(times, 'toPostP50') },
    { ...compared, what: `request to document, ${named(count)} waiting`, ...linesOf(times, 'toDocumentP50') },
  ];
}

async function started(stage: Stage, count: number, [filled, empty]: Prefixes): Promise<Comparison> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  await stage.eachRound(growthRow.name, async () => {
    for (const [prefix, times] of [[filled, ours] as const, [empty, theirs] as const]) {
      const { service } = await stage.spawnService({ roles: 'api,worker,documents', prefix });
      times.push(await untilAccepted(stage, service));
      await stopChild(service.child);
    }
  });
  const what = `one process, ${named(count)} waiting`;
  return { what, quantity: 'start to the first 202, ms', ceiling: CEILING, ours, theirs, goal: MORE_GOAL };
}
