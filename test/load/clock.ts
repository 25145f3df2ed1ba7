import { setTimeout as delay } from 'node:timers/promises';

/** What a pace goes by. */
export interface Clock {
  /** In ms, from any beginning. */
  now(): number;
  /** Resolves after `ms`. */
  wait(ms: number, signal: AbortSignal): Promise<unknown>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal }),
};
