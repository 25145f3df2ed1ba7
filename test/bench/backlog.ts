import { setTimeout as delay } from 'node:timers/promises';
import type { Profiled } from './breakdown.js';
import { ask, stopChild } from './child.js';
import { bareQueue, ourQueue } from './jobs.js';
import { knownCpuMsOf } from './process-usage.js';
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

/** How so many of a backlog were worked off. */
export interface WorkedOff {
  /** By the ends of their jobs. */
  readonly perSecond: number;
  /** Processor time of the worker's process for each, in µs, once all is warm; NaN where it is not known. */
  readonly cpuUs: number;
  /** Redis commands each, those within scripts included, and those of the worker's start. */
  readonly commands: number;
  /** Bytes to and from Redis each, those of the worker's start included. */
  readonly bytes: number;
}

/** A worker of ours takes `count` off what waits. */
export const ourRate = (stage: Stage, stubUrl: string, prefix: string, count: number): Promise<WorkedOff> =>
  rateOf(stage, ourQueue(prefix), count, () => stage.service({ roles: 'worker,documents', prefix, stubUrl }));

/** The same of a bare worker. */
export const bareRate = (stage: Stage, stubUrl: string, queue: string, count: number): Promise<WorkedOff> =>
  rateOf(stage, bareQueue(queue), count, () =>
    stage.run('bare-worker', 'service', {
      redisUrl: stage.redisUrl,
      queue,
      stubUrl,
    } satisfies BareWorkerSetup),
  );

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
  queue: string,
  count: number,
  start: () => Promise<Running>,
): Promise<WorkedOff> {
  const { redis } = stage;
  const completed = `${queue}:completed`;
  const before = await redis.zcard(completed);
  const usedBefore = await redisUsage(redis);
  const worker = await start();
  const seen = { ...worker, completed, before };
  const warm = await untilOver(stage, seen, count * WARM_SHARE);
  const late = await untilOver(stage, seen, count * SEEN_SHARE);
  const { over, looks } = await untilOver(stage, seen, count);
  const used = await redisUsage(redis);
  await stopChild(worker.child);
  const entries = await redis.zrange(completed, before, String(before + count - 1), 'WITHSCORES');
  const asked = warm.looks + late.looks + looks;
  return {
    perSecond: steadyRate(entries.filter((_, index) => index % 2 === 1).map(Number)),
    cpuUs: ((late.cpuMs - warm.cpuMs) * 1000) / (late.over - warm.over),
    commands: (used.commands - usedBefore.commands - asked) / over,
    bytes: (used.bytes - usedBefore.bytes) / over,
  };
}

/** Resolves once at least so many have come to their end. */
async function untilOver(
  { redis, program }: Stage,
  { pid, completed, before }: Pick<Running, 'pid'> & { readonly completed: string; readonly before: number },
  count: number,
): Promise<{ over: number; looks: number; cpuMs: number }> {
  for (let looks = 1; ; looks += 1) {
    const over = (await redis.zcard(completed)) - before;
    if (over >= count) return { over, looks, cpuMs: await knownCpuMsOf(pid) };
    await delay(LOOKS_AGAIN_AFTER_MS, undefined, { signal: program.signal });
  }
}
