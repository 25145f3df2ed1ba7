import { stopChild } from '../child.js';
import type { Running } from '../child.js';
import { CountingStub, drainRate, fill } from '../measure/backlog.js';
import { explainMissed } from '../measure/processor-time.js';
import type { Profiled } from '../measure/processor-time.js';
import { compareRates } from '../measure/quantities.js';
import type { Rate } from '../measure/quantities.js';
import type { BareQueueSetup } from '../programs/bare-queue.js';
import type { BareWorkerSetup } from '../programs/bare-worker.js';
import type { Side } from '../results/comparison.js';
import type { Stage } from '../stage.js';
import { takeTurns } from '../turns.js';
import type { BenchRow } from './row.js';

const WHAT = 'draining a backlog';

/** How a side accepts cancellations without a worker, and how it starts its worker. */
interface Drained {
  readonly side: Side;
  readonly api: Running;
  readonly startWorker: (profileTo?: string) => Promise<Running>;
}

export const backlogRow: BenchRow = {
  name: 'backlog',
  title: 'Draining a backlog',
  about: `A backlog is accepted while no worker runs; then one process works it off with 100 jobs at a time. A stub in SignalWire's place accepts
every update at once and fetches its document; the rate is that of the fetches. The service runs with the roles \`worker\` and \`documents\`
and waits for the evidence of each fetch; the plain build is done when SignalWire answers. The ceiling is a bare BullMQ worker.

For each cancellation, the service takes its call's lane, saves the attempt before and after the POST so that no crash can repeat or hide
it, signs two links, waits for the evidence, leaves the lane and logs four lines.`,
  async measure(stage) {
    const stub = await CountingStub.start(stage);
    const { ours, plain, ceiling } = await sidesOf(stage, stub.url);
    const count = stage.choose(4000, 1000);
    const drain = async ({ side, api, startWorker }: Drained): Promise<Rate> => {
      await fill(stage, api, 'backlog', count);
      const { running, rate } = await drainRate(stub, count, startWorker);
      await stopChild(running.child);
      await stage.empty(side);
      return rate;
    };
    const rounds = await takeTurns(stage, backlogRow.name, {
      ours: () => drain(ours),
      plain: () => drain(plain),
      ceiling: () => drain(ceiling),
    });
    return compareRates(rounds, {
      what: WHAT,
      ceiling: 'bare BullMQ worker',
      thing: 'cancellations',
      goal: { atLeast: 1.3 },
      chart: { label: 'draining a backlog', unit: '/s', better: 'higher' },
    });
  },
  async explain(stage, outcomes) {
    const stub = await CountingStub.start(stage);
    const { ours, plain } = await sidesOf(stage, stub.url);
    const count = stage.choose(4000, 1000);
    const profiled = ({ api, startWorker }: Drained): Profiled => ({
      start: async (profileTo) => {
        await fill(stage, api, 'profile', count);
        return startWorker(profileTo);
      },
      work: () => stub.fetches(count),
    });
    const sides = { ours: profiled(ours), plain: profiled(plain) };
    return explainMissed(stage, outcomes, { what: WHAT, of: 'one cancellation' }, sides);
  },
};

/** All sides, with their APIs started. */
export async function sidesOf(stage: Stage, stubUrl: string): Promise<Readonly<Record<Side, Drained>>> {
  const queue: BareQueueSetup = { redisUrl: stage.redisUrlOf('ceiling') };
  const bareWorker: BareWorkerSetup = { ...queue, stubUrl };
  return {
    ours: {
      side: 'ours',
      api: await stage.service({ roles: 'api' }),
      startWorker: (profileTo) => stage.service({ roles: 'worker,documents', stubUrl, profileTo }),
    },
    plain: {
      side: 'plain',
      api: await stage.plain({ worker: false }),
      startWorker: (profileTo) => stage.plain({ worker: true, stubUrl, profileTo }),
    },
    ceiling: {
      side: 'ceiling',
      api: await stage.run('bare-queue', 'service', queue),
      startWorker: () => stage.run('bare-worker', 'service', bareWorker),
    },
  };
}
