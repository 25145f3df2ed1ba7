import { describe, expect, it } from 'vitest';
import { ProgramError } from '../../../../src/demo/program.js';
import { seedOf } from '../random-options.js';

describe('the seed of a random program', () => {
  it.each([
    ['0', 0],
    ['42', 42],
    ['2147483647', 2_147_483_647],
  ])('is the whole number %s', (text, seed) => {
    expect(seedOf(text)).toBe(seed);
  });

  it('is any if none is given', () => {
    expect(seedOf()).toBeGreaterThanOrEqual(0);
  });

  it.each(['', ' ', 'x', '1.5', '1e3', '0x1', '-1', '2147483648', 'NaN'])('is not %j', (text) => {
    expect(() => seedOf(text)).toThrow(ProgramError);
    expect(() => seedOf(text)).toThrow('--seed must be a whole number from 0 to 2147483647');
  });
});
