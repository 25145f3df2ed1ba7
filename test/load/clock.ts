import { setTimeout as delay } from 'node:timers/promises';

/** Lets tests control the time. */
export interface Clock {
  /** In ms from an arbitrary origin. */
  now(): number;
  /** Resolves after `ms`. */
  wait(ms: number, signal: AbortSignal): Promise<unknown>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal }),
};
