import { randomInt } from 'node:crypto';
import { ProgramError } from '../../../src/demo/program.js';
import type { RandomOptions } from './random.js';

const DEFAULT_MINUTES = 2;
const LARGEST_SEED = 2 ** 31 - 1;
const LONGEST_MINUTES = 60;

/** @throws {ProgramError} one of them is no number in its range */
export function randomOptions({ seed, minutes }: { seed?: string; minutes?: string }): RandomOptions {
  const chosen = {
    seed: seedOf(seed),
    minutes: minutes === undefined ? DEFAULT_MINUTES : Number(minutes),
  };
  if (!(chosen.minutes > 0 && chosen.minutes <= LONGEST_MINUTES))
    throw new ProgramError(`--minutes must be a number above 0, ${LONGEST_MINUTES} at most`);
  return chosen;
}

/** Any seed without one. @throws {ProgramError} it is no number in its range */
export function seedOf(text?: string): number {
  if (text === undefined) return randomInt(LARGEST_SEED);
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > LARGEST_SEED)
    throw new ProgramError(`--seed must be a whole number from 0 to ${LARGEST_SEED}`);
  return seed;
}
