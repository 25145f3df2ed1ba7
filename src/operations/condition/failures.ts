import { FAILURE_NAMES } from '../../cancellation/vocabulary.js';
import type { Sample } from '../history/sample.js';

const LATELY_MS = 5 * 60_000;

/** How many reasons are named. */
const MOST_REASONS = 3;

/** The samples cannot tell what became of a retry. */
export const ALSO_RETRIED = 'including any retried since';

/** What became of cancellations that ended, without those that were withdrawn. */
export interface Failures {
  readonly ended: number;
  /** That failed or expired. */
  readonly failed: number;
  /** The three most frequent reasons and all others, and how many had each. */
  readonly reasons: readonly { readonly name: string; readonly count: number }[];
}

/** The samples of the last five minutes. */
export const lately = (samples: readonly Sample[], now: number): readonly Sample[] =>
  samples.filter(({ at }) => at > now - LATELY_MS);

/** Of the last five minutes. */
export const lateFailuresOf = (samples: readonly Sample[], now: number): Failures =>
  failuresOf(lately(samples, now));

export function failuresOf(samples: readonly Sample[]): Failures {
  const failed = sum(samples.map(({ outcomes }) => outcomes.failed + outcomes.expired));
  const reasons = new Map<Sample['reasons'][number][0], number>();
  for (const [code, count] of samples.flatMap((sample) => sample.reasons))
    reasons.set(code, (reasons.get(code) ?? 0) + count);
  return {
    ended: failed + sum(samples.map(({ outcomes }) => outcomes.succeeded)),
    failed,
    reasons: mostFrequent([...reasons].map(([code, count]) => ({ name: FAILURE_NAMES[code], count }))),
  };
}

function mostFrequent(reasons: Failures['reasons']): Failures['reasons'] {
  const sorted = reasons.toSorted((one, other) => other.count - one.count);
  const others = sum(sorted.slice(MOST_REASONS).map(({ count }) => count));
  const named = sorted.slice(0, MOST_REASONS);
  return others === 0 ? named : [...named, { name: 'other reasons', count: others }];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
