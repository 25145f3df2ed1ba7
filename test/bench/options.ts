import { parseArgs } from 'node:util';
import { ProgramError } from '../../src/demo/program.js';

/** The page is written from so many rounds or more. */
export const ROUNDS = 3;
const QUICK_ROUNDS = 2;
const MOST_ROUNDS = 100;

export interface BenchOptions {
  /** The rows to measure, in the order of the page. */
  readonly only: readonly string[];
  /** Fewer and shorter rounds, and no backlog of a million. */
  readonly quick: boolean;
  /** Only the lists of a million cancellations, which are not part of the rest. */
  readonly lists: boolean;
  /** Only what traces cost, which is not part of the rest either. */
  readonly traces: boolean;
  /** Only what browsers with the operators' page cost, which is not part of the rest either. */
  readonly browsers: boolean;
  /** Only what a cancellation costs and what several workers do, which is not part of the rest either. */
  readonly capacity: boolean;
  readonly rounds: number;
  /** Whether the results are written to `docs/`: only if all rows are measured in full. */
  readonly isPublished: boolean;
}

/** @throws {ProgramError} an argument is unknown or wrong */
export function benchOptions(args: readonly string[], names: readonly string[]): BenchOptions {
  const { only, quick, lists, traces, browsers, capacity, ...given } = valuesOf(args);
  const wanted = only === undefined ? names : only.split(',').map((name) => name.trim());
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new ProgramError(`--only does not know ${unknown.join(', ')}; the rows are ${names.join(', ')}`);
  }
  const chosen = names.filter((name) => wanted.includes(name));
  const rounds = given.rounds === undefined ? (quick ? QUICK_ROUNDS : ROUNDS) : wholeRounds(given.rounds);
  const isPublished = chosen.length === names.length && !quick && rounds >= ROUNDS;
  return { only: chosen, quick, lists, traces, browsers, capacity, rounds, isPublished };
}

function wholeRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= MOST_ROUNDS) return rounds;
  throw new ProgramError(`--rounds must be a whole number from 1 to ${MOST_ROUNDS}`);
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        quick: { type: 'boolean', default: false },
        lists: { type: 'boolean', default: false },
        traces: { type: 'boolean', default: false },
        browsers: { type: 'boolean', default: false },
        capacity: { type: 'boolean', default: false },
        rounds: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new ProgramError((error as Error).message, { cause: error });
  }
}
