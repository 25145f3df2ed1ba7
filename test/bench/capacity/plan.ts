import type { Role } from './costs.js';

/** Share of a core that is planned for a process and for Redis: the rest is for peaks, and for one that is missing. */
export const BUSY_SHARE = 0.5;

/** Two of each, so that one may fail. */
const FEWEST = 2;

/** From the POST to the fetch, for which a job keeps its place in a worker. An assumption. */
export const FETCH_TAKES_S = 0.5;
const DEFAULT_CONCURRENCY = 100;

/** 13,800 POST, PUT and PATCH requests in 10 s (https://signalwire.com/docs/platform/rate-limits). */
export const SIGNALWIRE_PER_SECOND = 1380;

const MEMORY_TO_SPARE = 1.25;

/** What a cancellation takes, as measured. */
export interface Each {
  /** Processor time in µs. */
  readonly cpuUs: Readonly<Record<Role | 'redis', number>>;
  /** To and from Redis. */
  readonly redisTrafficBytes: number;
  /** Redis memory once it is finished, with its `Idempotency-Key`. */
  readonly keptBytes: number;
}

export interface Plan {
  readonly perSecond: number;
  readonly retentionHours: number;
  /** Each with its own Redis. The figures below are those of one of them. */
  readonly deployments: number;
  readonly processes: Readonly<Record<Role, number>>;
  /** The least `WORKER_CONCURRENCY`. */
  readonly concurrency: number;
  /** Share of a core that Redis takes. */
  readonly redisBusy: number;
  /** For `maxmemory`. */
  readonly redisMemoryBytes: number;
  readonly redisTrafficBytesPerSecond: number;
  /** Over all deployments: how often SignalWire's limit is needed. */
  readonly signalWireLimits: number;
}

/** What it takes to stop so many streams in a second. */
export function planFor(perSecond: number, retentionHours: number, each: Each): Plan {
  const { cpuUs, redisTrafficBytes, keptBytes } = each;
  const deployments = processesFor(perSecond, cpuUs.redis);
  const rate = perSecond / deployments;
  const processes = {
    api: Math.max(FEWEST, processesFor(rate, cpuUs.api)),
    worker: Math.max(FEWEST, processesFor(rate, cpuUs.worker)),
    documents: Math.max(FEWEST, processesFor(rate, cpuUs.documents)),
  };
  const atOnce = (rate * FETCH_TAKES_S) / BUSY_SHARE / processes.worker;
  return {
    perSecond,
    retentionHours,
    deployments,
    processes,
    concurrency: Math.max(DEFAULT_CONCURRENCY, Math.ceil(atOnce / 100) * 100),
    redisBusy: coresFor(rate, cpuUs.redis),
    redisMemoryBytes: rate * 3600 * retentionHours * keptBytes * MEMORY_TO_SPARE,
    redisTrafficBytesPerSecond: rate * redisTrafficBytes,
    signalWireLimits: Math.ceil(perSecond / SIGNALWIRE_PER_SECOND),
  };
}

const coresFor = (perSecond: number, us: number): number => (perSecond * us) / 1_000_000;

const processesFor = (perSecond: number, us: number): number =>
  Math.ceil(coresFor(perSecond, us) / BUSY_SHARE);
