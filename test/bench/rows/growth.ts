import { freemem } from 'node:os';
import { MEGABYTE } from '../../support/megabyte.js';
import { stopChild } from '../child.js';
import type { Running } from '../child.js';
import { CountingStub, drainRate, fill } from '../measure/backlog.js';
import { measuredLoad, perThing } from '../measure/measured-load.js';
import type { Comparison } from '../results/comparison.js';
import type { Stage } from '../stage.js';
import { takeTurns } from '../turns.js';
import { BATCH, targetOf } from './api.js';
import type { BenchRow } from './row.js';

const SMALL = 10_000;
const LARGE = 1_000_000;
const MOST_ROUNDS = 3;

/** Per waiting cancellation, with room for what is measured. */
const BYTES_EACH = 2500;

const named = (count: number): string => count.toLocaleString('en');

interface Waiting {
  readonly name: string;
  readonly api: Running;
  readonly isLarge: boolean;
}

type Rates = Readonly<Record<'requests' | 'batches' | 'drained', number>>;

export const growthRow: BenchRow = {
  name: 'growth',
  title: `With ${named(LARGE)} waiting`,
  about: `The service beside itself, on the same Redis: with ${named(LARGE)} cancellations waiting and with ${named(SMALL)}. Measured are the rates
of the rows above; no worker runs while requests are accepted. The larger backlog grows by what is accepted meanwhile; the smaller one is
filled anew each time.`,
  async measure(stage) {
    const large = stage.choose(LARGE, 5 * SMALL);
    const megabytes = Math.round((large * BYTES_EACH) / MEGABYTE);
    if (freemem() / MEGABYTE < megabytes)
      return [{ what: growthRow.title, reason: `needs ${megabytes} MB of free memory` }];
    const stub = await CountingStub.start(stage);
    const sides = {
      large: { name: 'large', api: await stage.service({ roles: 'api' }), isLarge: true },
      small: {
        name: 'small',
        api: await stage.service({ roles: 'api', secondDatabase: true }),
        isLarge: false,
      },
    };
    stage.program.write(`  growth: adding ${named(large)}`);
    await fill(stage, sides.large.api, 'waiting', large);
    const rates = (waiting: Waiting) => (round: number) => ratesOf(stage, stub, waiting, round);
    const turns = { large: rates(sides.large), small: rates(sides.small) };
    const rounds = await takeTurns(stage, growthRow.name, turns, MOST_ROUNDS);
    const compare = (what: string, quantity: string, key: keyof Rates): Comparison => ({
      what: `${what}, ${named(large)} waiting`,
      quantity,
      ours: rounds.large.map((rates) => rates[key]),
      theirs: rounds.small.map((rates) => rates[key]),
      comparedWith: `itself with ${named(SMALL)} waiting`,
      goal: { atLeast: 0.9 },
    });
    return [
      compare('`POST /cancellations`', 'requests/s', 'requests'),
      compare(`\`POST /cancellations/batch\` of ${BATCH}`, 'cancellations/s', 'batches'),
      compare('draining a backlog', 'cancellations/s', 'drained'),
    ];
  },
};

async function ratesOf(
  stage: Stage,
  stub: CountingStub,
  { name, api, isLarge }: Waiting,
  round: number,
): Promise<Rates> {
  const label = `${name}-${round}`;
  const secondDatabase = !isLarge;
  if (!isLarge) await fill(stage, api, label, SMALL);
  const drained = stage.choose(4000, 1000);
  const { running, rate } = await drainRate(stub, drained, () =>
    stage.service({ roles: 'worker,documents', stubUrl: stub.url, secondDatabase }),
  );
  await stopChild(running.child);
  const seconds = 2;
  const single = targetOf(stage, api, { name: `${label}-single` });
  const { perSecond } = await measuredLoad(stage, single, seconds);
  const batch = targetOf(stage, api, { name: `${label}-batch`, batch: BATCH });
  const batches = perThing(await measuredLoad(stage, batch, seconds), BATCH);
  if (!isLarge) await stage.empty('second');
  return { requests: perSecond, batches: batches.perSecond, drained: rate.perSecond };
}
