import { stopChild } from '../child.js';
import { CountingStub, fill } from '../measure/backlog.js';
import { removeKeys, usedMemory } from '../measure/redis-usage.js';
import type { Stage } from '../stage.js';
import { cancellationsQueue } from './cancellations-queue.js';
import { costsOfBoth, costsOfEach, costsSoFar } from './costs.js';
import type { Costs } from './costs.js';
import { startRolesApart } from './roles-apart.js';

/** What is measured of a long backlog: accepted in batches of 1,000, and in part worked off by one worker. */
export interface Waiting {
  readonly count: number;
  readonly costs: Costs;
  /** Redis memory per cancellation, in bytes. */
  readonly memory: {
    readonly waiting: number;
    /** What remains for `RETENTION_HOURS`. */
    readonly finished: number;
    /** The proof of the fetch, until a minute after the deadline. */
    readonly evidence: number;
  };
}

export async function measureWaiting(stage: Stage): Promise<Waiting> {
  const { redis } = stage;
  const stub = await CountingStub.start(stage);
  const { api, documents, startWorker } = await startRolesApart(stage, stub.url);
  const queue = await cancellationsQueue(stage);
  const count = stage.choose(100_000, 3000);
  // Afterwards the scripts are loaded and buffers have their size.
  await fill(stage, api, 'first', 100);

  stage.program.write(`  ${count.toLocaleString('en')} waiting`);
  const none = { api: [api], worker: [], documents: [documents] };
  const [empty, beforeFill] = [await usedMemory(redis), await costsSoFar(redis, none)];
  await fill(stage, api, 'waiting', count);
  const [filled, afterFill] = [await usedMemory(redis), await costsSoFar(redis, none)];
  const waiting = (filled - empty) / count;

  const [warm, measured] = [stage.choose(3000, 300), stage.choose(8000, 700)];
  stage.program.write(`  working off ${(warm + measured).toLocaleString('en')} of them`);
  const worker = await startWorker();
  const all = { ...none, worker: [worker] };
  await stub.seen(warm);
  const from = await costsSoFar(redis, all);
  await stub.seen(measured);
  const to = await costsSoFar(redis, all);
  await stopChild(worker.child);

  const finished = await queue.getCompletedCount();
  const worked = await usedMemory(redis);
  await removeKeys(redis, '*:evidence:*');
  const remaining = await usedMemory(redis);
  return {
    count,
    costs: costsOfBoth(costsOfEach(beforeFill, afterFill, count), costsOfEach(from, to, measured)),
    memory: {
      waiting,
      finished: waiting + (remaining - filled) / finished,
      evidence: (worked - remaining) / finished,
    },
  };
}
