import type { Program } from '../../src/demo/program.js';
import type { Premises } from './parts/premises.js';
import type { Stage, Topology } from './stage.js';

/** One fault: how it is caused, and what the service must make of it. */
export interface Drill {
  /** In kebab case; the command line selects drills by a part of it. */
  readonly name: string;
  /** The fault, as the table shows it. */
  readonly fault: string;
  /** Whether its Redis keeps every acknowledged write when killed (`appendfsync always`); default: it keeps nothing. */
  readonly persistent?: boolean;
  /** Starts the Redis that it needs instead of a single one; it ends with the program. */
  readonly topology?: (program: Program) => Promise<Topology>;
  /** Where it takes place; default: all at loopback. @throws {NotRunnableError} */
  readonly premises?: (program: Program) => Promise<Premises>;
  /** How long all of it may take; default 90 s. */
  readonly limitMs?: number;
  /** How long accepted cancellations may take to finish once the fault is over; default 30 s. */
  readonly settlesWithinMs?: number;
  /** Causes the fault, and records violations on the stage. */
  strike(stage: Stage): Promise<Struck>;
}

export interface Struck {
  /** From the fault, or from its end, until the service worked again; null if nothing had to recover. */
  readonly recoveryMs: number | null;
  /** What was measured, in a few words. */
  readonly note?: string;
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
  /** What went wrong. */
  readonly violations: readonly string[];
  /** What was measured, in a few words. */
  readonly note?: string;
  /** Why it cannot run on this machine. */
  readonly notRun?: string;
}

/** This machine lacks what a drill needs. */
export class NotRunnableError extends Error {
  override readonly name = 'NotRunnableError';
}

/** Something that must happen did not happen in time. */
export class ExpectationError extends Error {
  override readonly name = 'ExpectationError';
}
