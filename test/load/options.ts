import { parseArgs } from 'node:util';
import { ProgramError } from '../../src/demo/program.js';

const RATE = 100;
const MOST_PER_SECOND = 5000;
const MINUTES = 3;
const SOAK_MINUTES = 60;
const MOST_MINUTES = 1440;
const SEED = 1;
const MOST_SEED = 2 ** 32 - 1;

export interface LoadOptions {
  /** Cancellations per second. */
  readonly rate: number;
  readonly minutes: number;
  /** With idle gaps, which show leaks. */
  readonly soak: boolean;
  /** Of the random faults. */
  readonly seed: number;
}

/** @throws {ProgramError} an argument is unknown or wrong */
export function loadOptions(args: readonly string[]): LoadOptions {
  const { rate, minutes, soak, seed } = valuesOf(args);
  return {
    rate: whole('--rate', rate, RATE, MOST_PER_SECOND),
    minutes: whole('--minutes', minutes, usualMinutes(soak), MOST_MINUTES),
    soak,
    seed: whole('--seed', seed, SEED, MOST_SEED),
  };
}

/** Only runs of the usual length and rate are written to the page. */
export const isWritten = ({ rate, minutes, soak }: LoadOptions): boolean =>
  rate === RATE && minutes === usualMinutes(soak);

/** The command that repeats a written run. */
export function commandOf({ soak, seed }: Pick<LoadOptions, 'soak' | 'seed'>): string {
  const words = [...(soak ? ['--soak'] : []), ...(seed === SEED ? [] : [`--seed ${seed}`])];
  return ['npm run bench:load', ...(words.length === 0 ? [] : ['--', ...words])].join(' ');
}

export const rateText = ({ rate, minutes }: LoadOptions): string =>
  `${rate} cancellations per second for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;

const usualMinutes = (soak: boolean): number => (soak ? SOAK_MINUTES : MINUTES);

function whole(name: string, text: string | undefined, usual: number, most: number): number {
  const value = text === undefined ? usual : Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new ProgramError(`${name} must be a whole number from 1 to ${most}`);
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rate: { type: 'string' },
        minutes: { type: 'string' },
        soak: { type: 'boolean', default: false },
        seed: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new ProgramError((error as Error).message, { cause: error });
  }
}
