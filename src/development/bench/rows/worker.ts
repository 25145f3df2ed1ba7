import { bareRate, CountingStub, ourRate } from '../backlog.js';
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
    const count = stage.choose(6000, 1000);
    const [ours, theirs] = [[] as number[], [] as number[]];
    await stage.eachRound(workerRow.name, async (round) => {
      ours.push(await ourRate(stage, stub, `{bench-worker-${round}}`, count));
      theirs.push(await bareRate(stage, stub, `ceiling-${round}`, count));
    });
    const what = 'worker, evidence included';
    return [
      {
        what,
        quantity: 'cancellations/s',
        ceiling: 'bare BullMQ worker',
        ours,
        theirs,
        goal: { atLeast: 0.75 },
      },
    ];
  },
};
