import { parseArgs } from 'node:util';
import { ProgramError } from '../program.js';

const RATE = 100;
const MOST_A_SECOND = 5000;
const MINUTES = 3;
const SOAK_MINUTES = 60;
const MOST_MINUTES = 1440;

export interface LoadOptions {
  /** Cancellations a second. */
  readonly rate: number;
  readonly minutes: number;
  /** With gaps in which nothing is asked for, so that what is never given back shows. */
  readonly soak: boolean;
}

/** @throws {ProgramError} an argument is unknown or wrong */
export function loadOptions(args: readonly string[]): LoadOptions {
  const { rate, minutes, soak } = valuesOf(args);
  return {
    rate: whole('--rate', rate, RATE, MOST_A_SECOND),
    minutes: whole('--minutes', minutes, soak ? SOAK_MINUTES : MINUTES, MOST_MINUTES),
    soak,
  };
}

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
      },
    }).values;
  } catch (error) {
    throw new ProgramError((error as Error).message, { cause: error });
  }
}
