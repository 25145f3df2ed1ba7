import { setTimeout as delay } from 'node:timers/promises';
import { ask, stopChild } from './child.js';
import { BARE_PREFIX, fillBare, fillOurs } from './jobs.js';
import type { BareWorkerSetup } from './programs/bare-worker.js';
import type { StubOrder } from './programs/stub.js';
import { steadyRate } from './statistics.js';
import type { Running } from './running.js';
import type { Stage } from './stage.js';

const LOOKS_AGAIN_AFTER_MS = 50;

/** A stub of SignalWire, and how many documents it has fetched. */
export class CountingStub {
  private fetched = 0;

  private constructor(
    readonly running: Running,
    private readonly signal: AbortSignal,
  ) {}

  static async start(stage: Stage): Promise<CountingStub> {
    return new CountingStub(await stage.run('stub', 'stub'), stage.program.signal);
  }

  /** Resolves once so many more have been fetched. */
  async fetches(count: number): Promise<void> {
    this.fetched += count;
    await ask(this.running.child, { until: this.fetched } satisfies StubOrder, this.signal);
  }
}

/** How fast a worker of ours works off a backlog of `count`, by the ends of its jobs. */
export async function ourRate(
  stage: Stage,
  stub: CountingStub,
  prefix: string,
  count: number,
): Promise<number> {
  await fillOurs({ redisUrl: stage.redisUrl, prefix, count, name: `backlog-${Date.now()}` });
  return rateOf(stage, stub, `${prefix}:cancellations:completed`, count, () =>
    stage.service({ roles: 'worker,documents', prefix, stubUrl: stub.running.url }),
  );
}

/** The same of a bare worker. */
export async function bareRate(
  stage: Stage,
  stub: CountingStub,
  queue: string,
  count: number,
): Promise<number> {
  const { redisUrl } = stage;
  await fillBare({ redisUrl, queue, count, name: 'backlog' });
  return rateOf(stage, stub, `${BARE_PREFIX}:${queue}:completed`, count, () =>
    stage.run('bare-worker', 'service', {
      redisUrl,
      queue,
      stubUrl: stub.running.url,
    } satisfies BareWorkerSetup),
  );
}

/** BullMQ keeps finished jobs in the order in which they ended, with the time of the end as score. */
async function rateOf(
  stage: Stage,
  stub: CountingStub,
  completed: string,
  count: number,
  start: () => Promise<Running>,
): Promise<number> {
  const { redis, program } = stage;
  const before = await redis.zcard(completed);
  const worker = await start();
  await stub.fetches(count);
  while ((await redis.zcard(completed)) < before + count) {
    await delay(LOOKS_AGAIN_AFTER_MS, undefined, { signal: program.signal });
  }
  await stopChild(worker.child);
  const entries = await redis.zrange(completed, before, '-1', 'WITHSCORES');
  return steadyRate(entries.filter((_, index) => index % 2 === 1).map(Number));
}
