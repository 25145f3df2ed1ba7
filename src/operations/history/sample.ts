import type { FailureCode } from '../../cancellation/vocabulary.js';
import { endOf } from '../../queue/finished/end-reason.js';
import type { Depth } from '../../queue/queue-counts.js';
import type { EndedJobs } from '../../queue/finished/ended-jobs.js';

export const INTERVAL_MS = 10_000;

/** The objective for a stop, from acceptance on. */
export const LIMIT_MS = 1000;

/** The queue at the end of an interval, and what ended in it. Every figure is of the whole queue. */
export interface Sample {
  /** The end of the interval; epoch milliseconds. */
  readonly at: number;
  /** Ready for a worker. */
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  readonly oldestReadyAgeMs: number | null;
  readonly outcomes: {
    readonly succeeded: number;
    readonly failed: number;
    readonly expired: number;
    readonly withdrawn: number;
  };
  readonly timeToStop: {
    readonly count: number;
    /** How many of them took longer than `LIMIT_MS`. */
    readonly late: number;
    readonly p50Ms: number | null;
    readonly p75Ms: number | null;
    readonly p90Ms: number | null;
    readonly p95Ms: number | null;
    readonly p99Ms: number | null;
  };
  /** Why others failed or expired, by code, and how many for each. */
  readonly reasons: readonly (readonly [code: FailureCode | 'none', count: number])[];
}

/** The end of the last interval that is over. */
export const lastIntervalEnd = (now: number): number => now - (now % INTERVAL_MS);

export function sampleOf(at: number, { counts, oldestReadyAgeMs }: Depth, ended: EndedJobs): Sample {
  const times = ended.timesToStop.someMs.toSorted((one, other) => one - other);
  const { outcomes, reasons } = failuresOf(ended.failedFor);
  return {
    at,
    waiting: counts.waiting + counts.prioritized,
    delayed: counts.delayed,
    active: counts.active,
    oldestReadyAgeMs,
    outcomes: { succeeded: ended.succeeded, ...outcomes },
    timeToStop: {
      count: ended.timesToStop.count,
      late: lateOf(ended.timesToStop),
      p50Ms: percentile(times, 0.5),
      p75Ms: percentile(times, 0.75),
      p90Ms: percentile(times, 0.9),
      p95Ms: percentile(times, 0.95),
      p99Ms: percentile(times, 0.99),
    },
    reasons,
  };
}

/** Those that were looked at stand for the others. */
function lateOf({ count, someMs }: EndedJobs['timesToStop']): number {
  const late = someMs.filter((ms) => ms > LIMIT_MS).length;
  return late === 0 ? 0 : Math.round((late / someMs.length) * count);
}

/** The smallest of the values that at least this share does not exceed; null if there are none. */
const percentile = (sorted: readonly number[], share: number): number | null =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;

function failuresOf(failedFor: EndedJobs['failedFor']): Pick<Sample, 'reasons'> & {
  readonly outcomes: Omit<Sample['outcomes'], 'succeeded'>;
} {
  const outcomes = { failed: 0, expired: 0, withdrawn: 0 };
  const reasons = new Map<FailureCode | 'none', number>();
  for (const [text, count] of failedFor) {
    if (text === 'withdrawn') {
      outcomes.withdrawn += count;
      continue;
    }
    const { status, code } = endOf(text);
    outcomes[status] += count;
    reasons.set(code, (reasons.get(code) ?? 0) + count);
  }
  return { outcomes, reasons: [...reasons] };
}
