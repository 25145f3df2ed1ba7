import type { RedisClient } from '../platform/redis/connection/client.js';
import type { ClosedState } from '../cancellation/vocabulary.js';
import { gateKey, waitingKey, watchedKey } from './gate-keys.js';

/** A project's closed gate; times are epoch milliseconds. */
export interface ClosedGate {
  readonly project: string;
  readonly state: ClosedState;
  readonly since: number;
  readonly probeAt: number;
  /** How many cancellations wait for it. */
  readonly waiting: number;
}

/** The gates that are closed now, by project. */
export async function closedGates(redis: RedisClient, prefix: string): Promise<ClosedGate[]> {
  const projects = await redis.smembers(watchedKey(prefix));
  const gates = await Promise.all(
    projects.toSorted().map(async (project) => {
      const [{ state, since, probeAt }, waiting] = await Promise.all([
        redis.hgetall(gateKey(prefix, project)),
        redis.zcard(waitingKey(prefix, project)),
      ]);
      if (state === undefined) return null;
      return {
        project,
        state: state as ClosedState,
        since: Number(since),
        probeAt: Number(probeAt),
        waiting,
      };
    }),
  );
  return gates.filter((gate) => gate !== null);
}
