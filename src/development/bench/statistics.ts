import { createHistogram } from 'node:perf_hooks';

/** Of durations, in ms. */
export interface Statistics {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export const STATISTICS = ['mean', 'p50', 'p90', 'p99', 'max'] as const;

/** A histogram takes whole numbers from 1 on. */
const PER_MS = 1000;

export function statisticsOf(durations: readonly number[]): Statistics {
  const histogram = createHistogram();
  for (const duration of durations) histogram.record(Math.max(1, Math.round(duration * PER_MS)));
  return {
    mean: ms(histogram.mean),
    p50: ms(histogram.percentile(50)),
    p90: ms(histogram.percentile(90)),
    p99: ms(histogram.percentile(99)),
    max: ms(histogram.max),
  };
}

const ms = (value: number): number => Math.round((value / PER_MS) * 10) / 10;
