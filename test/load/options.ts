import { parseArgs } from 'node:util';
import { ProgramError } from '../../src/demo/program.js';

const RATE = 100;
const MOST_A_SECOND = 5000;
const MINUTES = 3;
const SOAK_MINUTES = 60;
const MOST_MINUTES = 1440;
const SEED = 1;
const MOST_SEED = 2 ** 32 - 1;

export interface LoadOptions {
  /** Cancellations a second. */
  readonly rate: number;
  readonly minutes: number;
  /** With gaps in which nothing is asked for, so that what is never given back shows. */
  readonly soak: boolean;
  /** What the faults are drawn from. */
  readonly seed: number;
}

/** @throws {ProgramError} an argument is unknown or wrong */
export function loadOptions(args: readonly string[]): LoadOptions {
  const { rate, minutes, soak, seed } = valuesOf(args);
  return {
    rate: whole('--rate', rate, RATE, MOST_A_SECOND),
    minutes: whole('--minutes', minutes, usualMinutes(soak), MOST_MINUTES),
    soak,
    seed: whole('--seed', seed, SEED, MOST_SEED),
  };
}

/** The command that asks for the same again. */
export function commandOf({ rate, minutes, soak, seed }: LoadOptions): string {
  const words = [
    ...(soak ? ['--soak'] : []),
    ...(rate === RATE ? [] : [`--rate ${rate}`]),
    ...(minutes === usualMinutes(soak) ? [] : [`--minutes ${minutes}`]),
    ...(seed === SEED ? [] : [`--seed ${seed}`]),
  ];
  return ['npm run bench:load', ...(words.length === 0 ? [] : ['--', ...words])].join(' ');
}

export const rateText = ({ rate, minutes }: LoadOptions): string =>
  `${rate} cancellations a second for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;

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
