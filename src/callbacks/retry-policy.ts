const HOUR_MS = 3_600_000;

/** How long a callback is tried, from its first attempt. */
export const TRIED_FOR_MS = 24 * HOUR_MS;

/** The shortest and the longest time between two attempts. */
export const SHORTEST_WAIT_MS = 5000;
export const LONGEST_WAIT_MS = 6 * HOUR_MS;

export interface Tried {
  /** 1 or more. */
  readonly attempts: number;
  /** How long ago the first of them began. */
  readonly forMs: number;
}

/**
 * How long to wait after an attempt that failed: exponential, the upper half of which is random. The last attempt is at
 * the end of the day.
 *
 * @param retryAfterMs what the receiver asked for, which only makes the wait longer
 * @param random from 0 up to but not including 1
 * @returns milliseconds; null if no other attempt is made
 */
export function waitMs(tried: Tried, retryAfterMs: number | null, random = Math.random()): number | null {
  const leftMs = TRIED_FOR_MS - tried.forMs;
  if (leftMs < SHORTEST_WAIT_MS) return null;
  const ceiling = Math.min(LONGEST_WAIT_MS, 2 * SHORTEST_WAIT_MS * 2 ** (tried.attempts - 1));
  const jittered = Math.round((ceiling * (1 + random)) / 2);
  const asked = Math.min(retryAfterMs ?? 0, LONGEST_WAIT_MS);
  return Math.min(Math.max(jittered, asked), leftMs);
}

const SHORTEST_PLACE_WAIT_MS = 30_000;

/**
 * After how long a callback asks again for a place at a host that is busy with others, if nobody has told it that there
 * is one. Thousands may wait for a host that is dead.
 *
 * @param random from 0 up to but not including 1
 * @returns milliseconds
 */
export const placeWaitMs = (random = Math.random()): number =>
  Math.round(SHORTEST_PLACE_WAIT_MS * (1 + random));
