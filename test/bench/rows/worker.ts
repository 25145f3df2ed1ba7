import { bareRate, CountingStub, ourRate, profiledBacklog } from '../backlog.js';
import { processorTimeOf } from '../breakdown.js';
import { linesOf } from '../comparison.js';
import { fillBare, fillOurs } from '../jobs.js';
import type { BareWorkerSetup } from '../programs/bare-worker.js';
import { processorQuantitiesOf, processorTimesIn } from '../quantities.js';
import { takeTurns } from '../turns.js';
import type { BenchRow } from './row.js';

export const workerRow: BenchRow = {
  name: 'worker',
  title: 'The worker',
  about: `A backlog worked off by one process with the roles \`worker\` and \`documents\`, at \`WORKER_CONCURRENCY\` 100 and with
\`MAX_REQUESTS_PER_SECOND\` out of the way. A stub in SignalWire's place accepts every update at once and fetches its document; a
cancellation is over when that evidence has ended its job. The ceiling is a bare BullMQ worker with the same POST by
undici, whose documents come from \`node:http\` in the same process.`,
  async measure(stage) {
    const { redisUrl } = stage;
    const { url: stubUrl } = await stage.run('stub', 'stub');
    const count = stage.choose(15_000, 1000);
    const rounds = await takeTurns(stage, workerRow.name, {
      ours: async (round) => {
        const prefix = `{bench-worker-${round}}`;
        await fillOurs({ redisUrl, prefix, count, name: 'backlog' });
        return ourRate(stage, stubUrl, prefix, count);
      },
      theirs: async (round) => {
        const queue = `ceiling-${round}`;
        await fillBare({ redisUrl, queue, count, name: 'backlog' });
        return bareRate(stage, stubUrl, queue, count);
      },
    });
    const compared = { what: 'worker, evidence included', ceiling: 'bare BullMQ worker' };
    const goal = { atLeast: 0.75 };
    return [
      { ...compared, quantity: 'cancellations/s', ...linesOf(rounds, 'perSecond'), goal },
      ...processorQuantitiesOf({ ...compared, rounds, thing: 'cancellation' }),
    ];
  },
  async explain(stage, outcomes) {
    const [times] = processorTimesIn(outcomes);
    if (times === undefined) return [];
    const stub = await CountingStub.start(stage);
    const { redisUrl } = stage;
    const stubUrl = stub.running.url;
    const count = stage.choose(20_000, 2000);
    const prefix = '{bench-profile}';
    const queue = 'profile';
    const breakdown = await processorTimeOf(stage, 'a cancellation', {
      ours: profiledBacklog(
        stub,
        { count, eachUs: times.ours },
        (jobs) => fillOurs({ redisUrl, prefix, count: jobs, name: 'profile' }),
        (profileTo) => stage.service({ roles: 'worker,documents', prefix, stubUrl, profileTo }),
      ),
      theirs: profiledBacklog(
        stub,
        { count, eachUs: times.theirs },
        (jobs) => fillBare({ redisUrl, queue, count: jobs, name: 'profile' }),
        (profileTo) => {
          const setup: BareWorkerSetup = { redisUrl, queue, stubUrl };
          return stage.run('bare-worker', 'service', setup, { profileTo });
        },
      ),
    });
    return [breakdown];
  },
};
