import { setTimeout as delay } from 'node:timers/promises';
import type { Profiled } from './breakdown.js';
import { ask, stopChild } from './child.js';
import { BARE_PREFIX, fillBare, fillOurs } from './jobs.js';
import type { BareWorkerSetup } from './programs/bare-worker.js';
import type { StubOrder } from './programs/stub.js';
import { redisUsage } from './redis-usage.js';
import { steadyRate } from './statistics.js';
import type { Running } from './running.js';
import type { Stage } from './stage.js';

const LOOKS_AGAIN_AFTER_MS = 50;

/** Of a backlog: what is worked off until all is warm, and what before the end comes near. */
const WARM_SHARE = 0.4;
const SEEN_SHARE = 0.9;

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

/** How a backlog was worked off. */
export interface WorkedOff {
  /** By the ends of its jobs. */
  readonly perSecond: number;
  /** Redis commands each, those within scripts included, and those of the worker's start. */
  readonly commands: number;
}

/** A worker of ours works off a backlog of `count`. */
export async function ourRate(
  stage: Stage,
  stub: CountingStub,
  prefix: string,
  count: number,
): Promise<WorkedOff> {
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
): Promise<WorkedOff> {
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

/**
 * A backlog that is being worked off, for as long as it takes to see where the time goes.
 *
 * @param fill queues so many
 * @param start the worker
 * @param eachUs what one takes
 */
export function profiledBacklog(
  stub: CountingStub,
  { count, eachUs }: { count: number; eachUs: number },
  fill: (count: number) => Promise<void>,
  start: (profileTo: string) => Promise<Running>,
): Profiled {
  const [warm, seen] = [Math.round(count * WARM_SHARE), Math.round(count * SEEN_SHARE)];
  return {
    eachUs,
    start: async (profileTo) => {
      await fill(count);
      const worker = await start(profileTo);
      await stub.fetches(warm);
      return worker;
    },
    work: () => stub.fetches(seen - warm),
    finish: () => stub.fetches(count - seen),
  };
}

/** BullMQ keeps finished jobs in the order in which they ended, with the time of the end as score. */
async function rateOf(
  stage: Stage,
  stub: CountingStub,
  completed: string,
  count: number,
  start: () => Promise<Running>,
): Promise<WorkedOff> {
  const { redis, program } = stage;
  const before = await redis.zcard(completed);
  const usedBefore = await redisUsage(redis);
  const worker = await start();
  await stub.fetches(count);
  let looks = 1;
  while ((await redis.zcard(completed)) < before + count) {
    looks += 1;
    await delay(LOOKS_AGAIN_AFTER_MS, undefined, { signal: program.signal });
  }
  const used = await redisUsage(redis);
  await stopChild(worker.child);
  const entries = await redis.zrange(completed, before, '-1', 'WITHSCORES');
  return {
    perSecond: steadyRate(entries.filter((_, index) => index % 2 === 1).map(Number)),
    commands: (used.commands - usedBefore.commands - looks) / count,
  };
}
