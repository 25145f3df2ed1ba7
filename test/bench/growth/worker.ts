import { ourRate } from '../backlog.js';
import type { WorkedOff } from '../backlog.js';
import { removeFinished } from '../clearing.js';
import { linesOf } from '../comparison.js';
import type { Comparison } from '../comparison.js';
import { ourQueue } from '../jobs.js';
import type { Stage } from '../stage.js';
import { takeTurns } from '../turns.js';
import { fill } from './fill.js';
import { bytesOfFinished, bytesOfWaiting } from './memory.js';
import { LESS_GOAL, MORE_GOAL, named } from './sides.js';
import type { Prefixes } from './sides.js';

type Worked = WorkedOff & Readonly<Record<'waitingBytes' | 'finishedBytes', number>>;

/** A worker that takes some off a backlog of so many, beside one that takes as many off a backlog that holds no more. */
export async function workerAt(
  stage: Stage,
  count: number,
  { filled, empty }: Prefixes,
): Promise<Comparison[]> {
  const some = stage.choose(8000, 1000);
  const { url: stubUrl } = await stage.run('stub', 'stub');
  const work = async (prefix: string, backlog: number, round: number): Promise<Worked> => {
    await fill(stage, prefix, backlog, `worker-${round}`);
    const waitingBytes = await bytesOfWaiting(stage, prefix);
    const worked = await ourRate(stage, stubUrl, prefix, some);
    const finishedBytes = await bytesOfFinished(stage, prefix);
    await removeFinished(stage.redis, ourQueue(prefix));
    return { ...worked, waitingBytes, finishedBytes };
  };
  const rounds = await takeTurns(stage, `growth, a worker with ${named(count)} that are ready`, {
    ours: (round) => work(filled, count, round),
    theirs: (round) => work(empty, some, round),
  });
  const compared = {
    what: `worker, ${named(count)} waiting`,
    ceiling: `itself, with the ${named(some)} that it takes`,
    goal: MORE_GOAL,
  };
  const waiting = { ...compared, what: `each of ${named(count)} waiting`, ceiling: `each of ${named(some)}` };
  const finished = { ...compared, what: `each that is finished, ${named(count)} waiting` };
  return [
    { ...compared, quantity: 'cancellations/s', ...linesOf(rounds, 'perSecond'), goal: LESS_GOAL },
    { ...compared, quantity: 'Redis commands each', ...linesOf(rounds, 'commands') },
    { ...compared, quantity: 'bytes to and from Redis each', ...linesOf(rounds, 'bytes') },
    { ...waiting, quantity: 'memory, bytes', ...linesOf(rounds, 'waitingBytes') },
    { ...finished, quantity: 'memory of its job, bytes', ...linesOf(rounds, 'finishedBytes') },
  ];
}
