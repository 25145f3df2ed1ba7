import { linesOf } from '../comparison.js';
import { compareStops, stoppingService, stopsBy } from '../idle-stops.js';
import type { BareWorkerSetup } from '../programs/bare-worker.js';
import type { BenchRow } from './row.js';

export const reactionRow: BenchRow = {
  name: 'reaction',
  title: 'From the 202 to the POST',
  about: `One stop at a time, in a service that has nothing else to do (all roles in one process): from the answer to the request
until the update arrives in SignalWire's place. The ceiling is a bare \`queue.add\` and a bare BullMQ worker.`,
  async measure(stage) {
    const stopwatch = await stage.run('stopwatch', 'load');
    const ours = stopsBy(stage, await stoppingService(stage, stopwatch, '{bench-reaction}'));
    const queue = { redisUrl: stage.redisUrl, queue: 'ceiling' };
    await stage.run('bare-worker', 'service', { ...queue, stubUrl: stopwatch.url } satisfies BareWorkerSetup);
    const rounds = await compareStops(stage, reactionRow.name, stopwatch, [
      ours,
      { kind: 'queue', ...queue },
    ]);
    const compared = { what: '202 to the POST, idle', ceiling: 'bare `queue.add` and worker' };
    return [
      { ...compared, quantity: 'p50, ms', ...linesOf(rounds, 'toPostP50') },
      { ...compared, quantity: 'p99, ms', ...linesOf(rounds, 'toPostP99'), goal: { atMostMore: 2 } },
    ];
  },
};
