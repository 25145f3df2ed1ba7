import type { Redis } from 'ioredis';
import type { Running } from '../child.js';
import { knownCpuMsOf } from '../measure/process-usage.js';
import { redisUsage } from '../measure/redis-usage.js';

export const ROLES = ['api', 'worker', 'documents'] as const;
export type Role = (typeof ROLES)[number];

/** The running processes, by role. */
export type Processes = Readonly<Record<Role, readonly Pick<Running, 'pid'>[]>>;

/** What has been used so far, or by each cancellation. */
export interface Costs {
  /** Processor time in µs, user and system. */
  readonly cpuUs: Readonly<Record<Role | 'redis', number>>;
  readonly commands: number;
  readonly toRedisBytes: number;
  readonly fromRedisBytes: number;
}

export async function costsSoFar(redis: Redis, processes: Processes): Promise<Costs> {
  const [api, worker, documents] = await Promise.all(ROLES.map((role) => cpuUsOf(processes[role])));
  const { cpuUs, commands, receivedBytes, sentBytes } = await redisUsage(redis);
  return {
    cpuUs: { api: api ?? 0, worker: worker ?? 0, documents: documents ?? 0, redis: cpuUs },
    commands,
    toRedisBytes: receivedBytes,
    fromRedisBytes: sentBytes,
  };
}

async function cpuUsOf(processes: Processes[Role]): Promise<number> {
  const times = await Promise.all(processes.map(({ pid }) => knownCpuMsOf(pid)));
  return times.reduce((sum, ms) => sum + ms * 1000, 0);
}

export const costsOfEach = (before: Costs, after: Costs, count: number): Costs =>
  combined(before, after, (from, to) => (to - from) / count);

/** Of two steps that every cancellation goes through. */
export const costsOfBoth = (first: Costs, second: Costs): Costs => combined(first, second, (a, b) => a + b);

function combined(a: Costs, b: Costs, by: (a: number, b: number) => number): Costs {
  return {
    cpuUs: {
      api: by(a.cpuUs.api, b.cpuUs.api),
      worker: by(a.cpuUs.worker, b.cpuUs.worker),
      documents: by(a.cpuUs.documents, b.cpuUs.documents),
      redis: by(a.cpuUs.redis, b.cpuUs.redis),
    },
    commands: by(a.commands, b.commands),
    toRedisBytes: by(a.toRedisBytes, b.toRedisBytes),
    fromRedisBytes: by(a.fromRedisBytes, b.fromRedisBytes),
  };
}
