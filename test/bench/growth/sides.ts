import type { Goal } from '../comparison.js';

/** Of two services on one Redis, the same but for what waits in their queues. */
export interface Prefixes {
  readonly filled: string;
  readonly empty: string;
}

export const CEILING = 'itself, with none waiting';

/** Of a rate, and of what is better the less of it there is. */
export const LESS_GOAL: Goal = { atLeast: 0.9 };
export const MORE_GOAL: Goal = { atMost: 1.1 };

export const named = (count: number): string => count.toLocaleString('en');
