import type { Sample } from '../history/sample.js';

/** What is said of the time to stop: that so many reached their call within it. */
const PERCENT = 95;

export interface TimeToStop {
  /** 95; less where fewer have stopped. */
  readonly percent: number;
  readonly withinMs: number;
}

/**
 * The shortest time within which 95 % are certain to have stopped, by the percentiles of the samples; null if nothing
 * was stopped. It may be longer than the real percentile, and never shorter. Those that failed or expired never
 * stopped.
 */
export function timeToStopOf(samples: readonly Sample[]): TimeToStop | null {
  const steps = samples
    .flatMap(({ timeToStop }) => stepsOf(timeToStop))
    .toSorted((one, other) => one.ms - other.ms);
  const total = samples.reduce((sum, sample) => sum + sample.timeToStop.count + neverStopped(sample), 0);
  const stopped = steps.reduce((sum, { count }) => sum + count, 0);
  const percent = Math.min(PERCENT, Math.floor((stopped * 100) / total));
  let within = 0;
  for (const { ms, count } of steps) {
    within += count;
    if (within * 100 >= total * percent) return { percent, withinMs: ms };
  }
  return null;
}

const neverStopped = ({ outcomes }: Sample): number => outcomes.failed + outcomes.expired;

/** Up to which time how many of a sample have stopped at least. */
function stepsOf({ count, p50Ms, p99Ms }: Sample['timeToStop']): { ms: number; count: number }[] {
  if (p50Ms === null || p99Ms === null) return [];
  const half = Math.ceil(count * 0.5);
  return [
    { ms: p50Ms, count: half },
    { ms: p99Ms, count: Math.ceil(count * 0.99) - half },
  ];
}
