import { LIMIT_MS } from '../history/sample.js';
import type { Sample } from '../history/sample.js';
import { grouped, lasting } from './words.js';

/** What is said of the time to stop: that so many of those with a known time took no longer. */
const PERCENT = 95;

/** Of fewer, 95 % are all of them. */
const FEW = 20;

export interface TimeToStop {
  /** How many stopped, so far as it is known when. */
  readonly count: number;
  /** How many of them took longer than `LIMIT_MS`. */
  readonly late: number;
  readonly withinMs: number;
}

/**
 * The shortest time that 95 % of all stops are certain not to have exceeded, by the percentiles of the samples; null if
 * nothing was stopped. It is at most a little longer than the real percentile, and never shorter.
 */
export function timeToStopOf(samples: readonly Sample[]): TimeToStop | null {
  const steps = samples
    .flatMap(({ timeToStop }) => stepsOf(timeToStop))
    .toSorted((one, other) => one.ms - other.ms);
  const sumOf = (field: 'count' | 'late') =>
    samples.reduce((sum, { timeToStop }) => sum + timeToStop[field], 0);
  const count = sumOf('count');
  let within = 0;
  for (const { ms, stopped } of steps) {
    within += stopped;
    if (within * 100 >= count * PERCENT) return { count, late: sumOf('late'), withinMs: ms };
  }
  return null;
}

/** `95 % of 40 within 80 ms in the last 5 minutes`. */
export function timeText({ count, withinMs }: TimeToStop): string {
  const share =
    count >= FEW ? `${PERCENT} % of ${grouped(count)}` : count > 1 ? `all ${count}` : 'the only one';
  return `${share} within ${lasting(withinMs)} in the last 5 minutes`;
}

/** Whether more than the few that the objective allows missed the limit. */
export const isLate = ({ count, late }: TimeToStop): boolean => late * 100 > count * (100 - PERCENT);

/** `12 of 40 missed the limit of 1 s in the last 5 minutes, and 95 % took up to 3 s`. */
export function lateText({ count, late, withinMs }: TimeToStop): string {
  const took = count >= FEW ? `${PERCENT} % took up to` : count > 1 ? 'the slowest took' : 'it took';
  const missed = count === 1 ? 'the only one' : `${grouped(late)} of ${grouped(count)}`;
  return `${missed} missed the limit of ${lasting(LIMIT_MS)} in the last 5 minutes; ${took} ${lasting(withinMs)}`;
}

/** How many more of a sample have stopped by each of the times that are known of it. */
function stepsOf(time: Sample['timeToStop']): { ms: number; stopped: number }[] {
  const { count, p50Ms, p75Ms, p90Ms, p95Ms, p99Ms } = time;
  const known = [p50Ms, p75Ms, p90Ms, p95Ms, p99Ms].filter((ms) => ms !== null);
  const by = [0.5, 0.75, 0.9, 0.95, 0.99].map((share) => Math.ceil(count * share));
  return known.map((ms, index) => ({ ms, stopped: (by[index] ?? 0) - (by[index - 1] ?? 0) }));
}
