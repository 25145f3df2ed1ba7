import type { Stage } from './stage.js';

/** One fault, what the service must make of it, and how it is brought about. */
export interface Drill {
  /** In kebab case: the command line selects drills by words of it. */
  readonly name: string;
  /** The fault, as the table shows it. */
  readonly fault: string;
  /** Whether its Redis keeps every acknowledged write through its death (`appendfsync always`); by default it keeps nothing. */
  readonly persistent?: boolean;
  /** How long all of it may take; by default 90 s. */
  readonly limitMs?: number;
  /** How long what was accepted may take to come to its end once the fault is over; by default 30 s. */
  readonly settlesWithinMs?: number;
  /** Brings the fault about, and tells the stage of what does not hold. */
  strike(stage: Stage): Promise<Struck>;
}

export interface Struck {
  /** From the fault, or from the return of what was away, until the service did its work again; null where nothing had to recover. */
  readonly recoveryMs: number | null;
}

/** How a drill went. */
export interface Result {
  readonly fault: string;
  readonly name: string;
  readonly accepted: number;
  readonly lost: number;
  readonly doubled: number;
  readonly recoveryMs: number | null;
  readonly tookMs: number;
  /** What did not hold; none where all did. */
  readonly violations: readonly string[];
  /** Why it could not be run on this machine. */
  readonly notRun?: string;
}

/** What a drill needs cannot be had on this machine. */
export class NotRunnableError extends Error {
  override readonly name = 'NotRunnableError';
}

/** Something that must happen did not, in the time that it has. */
export class NotHeldError extends Error {
  override readonly name = 'NotHeldError';
}
