import { stopChild } from '../child.js';
import { removeKeys, takeBack, waitingIn } from '../clearing.js';
import { linesOf } from '../comparison.js';
import type { Comparison } from '../comparison.js';
import { ourQueue } from '../jobs.js';
import { measuredLoad } from '../measured-load.js';
import { BATCH, CONNECTIONS, targetOf } from '../rows/api.js';
import { linksFor } from '../rows/documents.js';
import type { RunningService } from '../running.js';
import type { Stage } from '../stage.js';
import { takeTurns } from '../turns.js';
import { fill } from './fill.js';
import { CEILING, LESS_GOAL, MORE_GOAL, named } from './sides.js';
import type { Prefixes } from './sides.js';

interface Side {
  readonly service: RunningService;
  readonly prefix: string;
  /** How many wait for a worker, and none runs. */
  readonly waiting: number;
}

/** In their order. */
const LOADS = ['documents', 'single', 'batch'] as const;
type Load = (typeof LOADS)[number];

type Loaded = Readonly<Record<`${Load}${'PerSecond' | 'P99Ms' | 'Waiting'}`, number>>;

const NAMES: Readonly<Record<Load, string>> = {
  documents: 'stop document',
  single: 'API',
  batch: `\`batch\` of ${BATCH}`,
};

/** What the API and the documents answer while so many wait for a worker. */
export async function loadsAt(
  stage: Stage,
  count: number,
  { filled, empty }: Prefixes,
): Promise<Comparison[]> {
  await fill(stage, filled, count, 'loads');
  const roles = 'api,documents';
  const ours = { service: await stage.service({ roles, prefix: filled }), prefix: filled, waiting: count };
  const theirs = { service: await stage.service({ roles, prefix: empty }), prefix: empty, waiting: 0 };
  for (const side of [ours, theirs]) await loadsOn(stage, side, 1);
  const seconds = stage.choose(2, 1);
  const rounds = await takeTurns(stage, `growth, ${named(count)} that are ready`, {
    ours: () => loadsOn(stage, ours, seconds),
    theirs: () => loadsOn(stage, theirs, seconds),
  });
  for (const { service } of [ours, theirs]) await stopChild(service.child);
  return LOADS.flatMap((load): Comparison[] => {
    const compared = { what: `${NAMES[load]}, ${named(count)} waiting`, ceiling: CEILING };
    const waiting = { ...compared, quantity: 'waiting afterwards', ...linesOf(rounds, `${load}Waiting`) };
    return [
      { ...compared, quantity: 'requests/s', ...linesOf(rounds, `${load}PerSecond`), goal: LESS_GOAL },
      { ...compared, quantity: 'p99, ms', ...linesOf(rounds, `${load}P99Ms`), goal: MORE_GOAL },
      ...(load === 'documents' ? [] : [waiting]),
    ];
  });
}

async function loadsOn(stage: Stage, side: Side, seconds: number): Promise<Loaded> {
  const { service } = side;
  const name = `growth-${Date.now()}`;
  const targets = {
    documents: { url: service.documentsUrl, requests: linksFor(service.linkSecret) },
    single: targetOf(stage, service, { name }),
    batch: targetOf(stage, service, { name: `${name}-batch`, batch: BATCH }),
  };
  const loaded: Partial<Record<keyof Loaded, number>> = {};
  for (const load of LOADS) {
    const before = await waitingFor(stage, side);
    const { perSecond, p99Ms } = await measuredLoad(stage, targets[load], CONNECTIONS, seconds);
    const after = await waitingFor(stage, side);
    stage.program.write(`    ${NAMES[load]}: ${named(before)} waiting before, ${named(after)} after`);
    loaded[`${load}PerSecond`] = perSecond;
    loaded[`${load}P99Ms`] = p99Ms;
    loaded[`${load}Waiting`] = after;
    await clear(stage, side, load);
  }
  return loaded as Loaded;
}

const waitingFor = ({ redis }: Stage, { prefix }: Side): Promise<number> =>
  waitingIn(redis, ourQueue(prefix));

/** Removes what a load has left behind. */
const clear = ({ redis }: Stage, { prefix, waiting }: Side, load: Load): Promise<void> =>
  load === 'documents'
    ? removeKeys(redis, `${prefix}:evidence:`)
    : takeBack(redis, ourQueue(prefix), waiting);
