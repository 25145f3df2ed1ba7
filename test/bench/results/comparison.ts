import { median, spreadOf } from './statistics.js';
import type { Spread } from './statistics.js';

/** What ours is compared with unless a comparison names something else. */
export const PLAIN_BUILD = 'plain build';

/** A bound for ours : theirs, or for how many ms ours may take longer. */
export type Goal =
  | { readonly atLeast: number }
  | { readonly atMost: number }
  | { readonly atMostMoreMs: number };

/** One quantity, measured for ours and for something else in alternation. Each array has one value per round. */
export interface Comparison {
  readonly what: string;
  /** The quantity with its unit, such as `p99, ms`. */
  readonly quantity: string;
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  readonly comparedWith: string;
  /** Absent where the quantity only explains another one. */
  readonly goal?: Goal | undefined;
  /** The least that could do this, for orientation. */
  readonly ceiling?: { readonly name: string; readonly values: readonly number[] };
  /** Absent where the quantity is not in the chart. */
  readonly chart?: ChartEntry | undefined;
}

export interface ChartEntry {
  readonly label: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
}

/** A comparison that failed or is not possible on this machine. */
export interface NotMeasured {
  readonly what: string;
  readonly reason: string;
}

export type Outcome = Comparison | NotMeasured;

export const isMeasured = (outcome: Outcome): outcome is Comparison => 'ours' in outcome;

export interface Verdict {
  readonly ours: number;
  readonly theirs: number;
  /** Over the rounds: ours divided by theirs, or ours minus theirs where the goal is `atMostMoreMs`. */
  readonly pairs: Spread;
  /** Null without a goal. */
  readonly isMet: boolean | null;
}

/** Compares round by round; the median of the rounds decides. */
export function verdictOn({ ours, theirs, goal }: Pick<Comparison, 'ours' | 'theirs' | 'goal'>): Verdict {
  const isDifference = goal !== undefined && 'atMostMoreMs' in goal;
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
    isMet: goal === undefined ? null : meets(goal, pairs.median),
  };
}

function meets(goal: Goal, value: number): boolean {
  if ('atLeast' in goal) return value >= goal.atLeast;
  return value <= ('atMost' in goal ? goal.atMost : goal.atMostMoreMs);
}

export const missesGoal = (outcome: Outcome): outcome is Comparison =>
  isMeasured(outcome) && verdictOn(outcome).isMet === false;

export type Side = 'ours' | 'plain' | 'ceiling';

/** The measurements of each round, by side. */
export type Rounds<T> = Readonly<Record<Side, readonly T[]>>;

export interface Compared {
  readonly what: string;
  readonly quantity: string;
  readonly ceiling: string;
  readonly goal?: Goal | undefined;
  readonly chart?: ChartEntry | undefined;
}

/** Compares one quantity of ours with the plain build's, and shows the ceiling's. */
export function comparePlain<Q extends string>(
  rounds: Rounds<Readonly<Record<Q, number>>>,
  key: Q,
  { ceiling, ...compared }: Compared,
): Comparison {
  const valuesOf = (side: Side): number[] => rounds[side].map((round) => round[key]);
  return {
    ...compared,
    ours: valuesOf('ours'),
    theirs: valuesOf('plain'),
    comparedWith: PLAIN_BUILD,
    ceiling: { name: ceiling, values: valuesOf('ceiling') },
  };
}
