import { bareRate, CountingStub, ourRate, profiledBacklog } from '../backlog.js';
import type { WorkedOff } from '../backlog.js';
import { processorTimeOf } from '../breakdown.js';
import { isMeasured, linesOf, verdictOn } from '../comparison.js';
import { fillBare, fillOurs } from '../jobs.js';
import type { BareWorkerSetup } from '../programs/bare-worker.js';
import type { BenchRow } from './row.js';

export const workerRow: BenchRow = {
  name: 'worker',
  title: 'The worker',
  about: `A backlog worked off by one process with the roles \`worker\` and \`documents\`, at \`WORKER_CONCURRENCY\` 100 and with
\`MAX_REQUESTS_PER_SECOND\` out of the way. A stub in SignalWire's place accepts every update at once and fetches its document; a
cancellation is over when that evidence has ended its job. The ceiling is a bare BullMQ worker with the same POST by
undici, whose documents come from \`node:http\` in the same process.`,
  async measure(stage) {
    const stub = await CountingStub.start(stage);
    const count = stage.choose(15_000, 1000);
    const rounds = { ours: [] as WorkedOff[], theirs: [] as WorkedOff[] };
    await stage.eachRound(workerRow.name, async (round) => {
      rounds.ours.push(await ourRate(stage, stub, `{bench-worker-${round}}`, count));
      rounds.theirs.push(await bareRate(stage, stub, `ceiling-${round}`, count));
    });
    const compared = { what: 'worker, evidence included', ceiling: 'bare BullMQ worker' };
    const goal = { atLeast: 0.75 };
    return [{ ...compared, quantity: 'cancellations/s', ...linesOf(rounds, 'perSecond'), goal }];
  },
  async explain(stage, [outcome]) {
    if (outcome === undefined || !isMeasured(outcome)) return [];
    const { ours, theirs } = verdictOn(outcome);
    const stub = await CountingStub.start(stage);
    const { redisUrl } = stage;
    const stubUrl = stub.running.url;
    const count = stage.choose(20_000, 2000);
    const prefix = '{bench-profile}';
    const queue = 'profile';
    const breakdown = await processorTimeOf(stage, 'a cancellation', {
      ours: profiledBacklog(
        stub,
        { count, eachUs: 1e6 / ours },
        (jobs) => fillOurs({ redisUrl, prefix, count: jobs, name: 'profile' }),
        (profileTo) => stage.service({ roles: 'worker,documents', prefix, stubUrl, profileTo }),
      ),
      theirs: profiledBacklog(
        stub,
        { count, eachUs: 1e6 / theirs },
        (jobs) => fillBare({ redisUrl, queue, count: jobs, name: 'profile' }),
        (profileTo) => {
          const setup: BareWorkerSetup = { redisUrl, queue, stubUrl };
          return stage.run('bare-worker', 'service', setup, profileTo);
        },
      ),
    });
    return [breakdown];
  },
};
