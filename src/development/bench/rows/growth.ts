import { freemem } from 'node:os';
import { CountingStub, ourRate } from '../backlog.js';
import { stopChild } from '../child.js';
import { linesOf } from '../comparison.js';
import type { Comparison, Goal, Outcome } from '../comparison.js';
import { compareStops, ourStops } from '../idle-stops.js';
import { drainOurs, fillOurs } from '../jobs.js';
import { measuredLoad } from '../measured-load.js';
import type { Measured } from '../measured-load.js';
import type { RunningService } from '../running.js';
import type { Stage } from '../stage.js';
import { linksFor } from './documents.js';
import type { BenchRow } from './row.js';

const CONNECTIONS = 50;
const MEGABYTE = 1024 ** 2;

/** Of a waiting and of a delayed one together, with room for what is measured. */
const BYTES_EACH = 4000;

const RATE_GOAL: Goal = { atLeast: 0.9 };
const TIME_GOAL: Goal = { atMost: 1.1 };

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
  await stage.prepare(() => fillOurs({ redisUrl, prefix: filled, count, name: 'ready' }));
  const roles = 'api,documents';
  const services = [
    await stage.service({ roles, prefix: filled }),
    await stage.service({ roles, prefix: empty }),
  ] as const;
  const api = { ours: [] as Measured[], theirs: [] as Measured[] };
  const documents = { ours: [] as Measured[], theirs: [] as Measured[] };
  for (const service of services) await loadOnBoth(stage, service, stage.choose(2, 1));
  await stage.eachRound(growthRow.name, async () => {
    await drainOurs(redisUrl, empty);
    const [ours, theirs] = [await loadOnBoth(stage, services[0]), await loadOnBoth(stage, services[1])];
    api.ours.push(ours.api);
    api.theirs.push(theirs.api);
    documents.ours.push(ours.documents);
    documents.theirs.push(theirs.documents);
  });
  for (const { child } of services) await stopChild(child);
  const compared = { quantity: 'requests/s', ceiling: CEILING, goal: RATE_GOAL };
  return [
    { ...compared, what: `API, ${named(count)} waiting`, ...linesOf(api, 'perSecond') },
    { ...compared, what: `stop document, ${named(count)} waiting`, ...linesOf(documents, 'perSecond') },
  ];
}

async function loadOnBoth(stage: Stage, service: RunningService, seconds = stage.choose(3, 1)) {
  const { authorization } = stage;
  const wishes = {
    kind: 'cancellations',
    authorization,
    name: `growth-${Date.now()}`,
    withIdempotencyKey: true,
  } as const;
  return {
    api: await measuredLoad(stage, { url: service.url, requests: wishes }, CONNECTIONS, seconds),
    documents: await measuredLoad(
      stage,
      { url: service.documentsUrl, requests: linksFor(service) },
      CONNECTIONS,
      seconds,
    ),
  };
}

async function withDelayed(stage: Stage, count: number): Promise<Comparison[]> {
  const { redisUrl, program } = stage;
  const [empty, filled] = [`{bench-idle-${count}}`, `{bench-delayed-${count}}`];
  program.write(`  growth: ${named(count)} that are delayed`);
  await stage.prepare(() => fillOurs({ redisUrl, prefix: filled, count, name: 'delayed', delayed: true }));
  const stub = await CountingStub.start(stage);
  const rates = { ours: [] as number[], theirs: [] as number[] };
  await stage.eachRound(growthRow.name, async () => {
    const backlog = stage.choose(4000, 1000);
    rates.ours.push(await ourRate(stage, stub, filled, backlog));
    rates.theirs.push(await ourRate(stage, stub, empty, backlog));
  });
  const stopwatch = await stage.run('stopwatch', 'load');
  const both = [await ourStops(stage, stopwatch, filled), await ourStops(stage, stopwatch, empty)] as const;
  const times = await compareStops(stage, growthRow.name, stopwatch, both);
  const reaction = {
    what: `202 to the POST, ${named(count)} waiting`,
    quantity: 'p50, ms',
    ceiling: CEILING,
  };
  return [
    {
      what: `worker, ${named(count)} waiting`,
      quantity: 'cancellations/s',
      ceiling: CEILING,
      ...rates,
      goal: RATE_GOAL,
    },
    { ...reaction, ...linesOf(times, 'toPostP50'), goal: TIME_GOAL },
  ];
}
