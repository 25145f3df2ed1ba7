import type { Sample } from '../history/sample.js';

/** What is said of the time to stop: that so many reached their call within it. */
const PERCENT = 95;

export interface TimeToStop {
  readonly percent: number;
  readonly withinMs: number;
}

/**
 * The shortest time within which 95 % are certain to have stopped, by the percentiles of the samples; null if nothing was stopped. It may
 * be longer than the real percentile, and never shorter.
 */
export function timeToStopOf(samples: readonly Sample[]): TimeToStop | null {
  const steps = samples
    .flatMap(({ timeToStop }) => stepsOf(timeToStop))
    .toSorted((one, other) => one.ms - other.ms);
  const total = samples.reduce((sum, { timeToStop }) => sum + timeToStop.count, 0);
  let within = 0;
  for (const { ms, count } of steps) {
    within += count;
    if (within * 100 >= total * PERCENT) return { percent: PERCENT, withinMs: ms };
  }
  return null;
}

/** Up to which time how many of a sample have stopped at least. */
function stepsOf({ count, p50Ms, p99Ms }: Sample['timeToStop']): { ms: number; count: number }[] {
  if (p50Ms === null || p99Ms === null) return [];
  const half = Math.ceil(count * 0.5);
  return [
    { ms: p50Ms, count: half },
    { ms: p99Ms, count: Math.ceil(count * 0.99) - half },
  ];
}
