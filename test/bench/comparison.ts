import { median, spreadOf } from './statistics.js';
import type { Spread } from './statistics.js';

/** What is wanted of the pairs: the ratio of ours to the ceiling, or how much more ours may be. */
export type Goal =
  | { readonly atLeast: number }
  | { readonly atMost: number }
  | { readonly atMostMore: number };

/** One quantity of ours and of what bounds it, measured side by side. */
export interface Comparison {
  readonly what: string;
  /** What is measured, with its unit. */
  readonly quantity: string;
  readonly ceiling: string;
  /** One value a round. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** Of what is measured by requests: how many of them were not answered as wanted, in each round. */
  readonly failed?: Readonly<Record<'ours' | 'theirs', readonly number[]>>;
  /** None where the quantity only explains another one. */
  readonly goal?: Goal;
}

/** A comparison that this machine does not allow, or that failed. */
export interface NotMeasured {
  readonly what: string;
  readonly ceiling: string;
  readonly reason: string;
}

export type Outcome = Comparison | NotMeasured;

export const isMeasured = (outcome: Outcome): outcome is Comparison => 'ours' in outcome;

export interface Verdict {
  readonly ours: number;
  readonly theirs: number;
  /** Of the pairs: ours divided by theirs, or, where the goal is `atMostMore`, ours less theirs. */
  readonly pairs: Spread;
  /** Null where there is no goal. */
  readonly held: boolean | null;
}

export function verdictOn({ ours, theirs, goal }: Comparison): Verdict {
  const isDifference = goal !== undefined && 'atMostMore' in goal;
  const pairs = spreadOf(
    ours.map((value, round) => {
      const other = theirs[round] ?? Number.NaN;
      return isDifference ? value - other : value / other;
    }),
  );
  return {
    ours: median(ours),
    theirs: median(theirs),
    pairs,
    held: goal === undefined ? null : meets(goal, pairs.median),
  };
}

function meets(goal: Goal, value: number): boolean {
  if ('atLeast' in goal) return value >= goal.atLeast;
  return value <= ('atMost' in goal ? goal.atMost : goal.atMostMore);
}

/** What each round brought for both sides, by quantity. */
export type Rounds<Q extends string> = Readonly<
  Record<'ours' | 'theirs', readonly Readonly<Record<Q, number>>[]>
>;

/** The two lines of values of one quantity. */
export const linesOf = <Q extends string>({ ours, theirs }: Rounds<Q>, quantity: Q) => ({
  ours: ours.map((round) => round[quantity]),
  theirs: theirs.map((round) => round[quantity]),
});
