import { describe, expect, it } from 'vitest';
import { benchOptions } from '../options.js';
import { ProgramError } from '../../../src/demo/program.js';

const NAMES = ['documents', 'api', 'worker'];

describe('the arguments of the bench', () => {
  it('default to all rows in three rounds', () => {
    expect(benchOptions([], NAMES)).toEqual({
      only: NAMES,
      quick: false,
      traces: false,
      browsers: false,
      lists: false,
      capacity: false,
      rounds: 3,
      isPublished: true,
    });
  });

  it('choose rows, in the order of the page', () => {
    expect(benchOptions(['--only', 'worker, documents'], NAMES).only).toEqual(['documents', 'worker']);
  });

  it('choose a quick run and the rounds', () => {
    expect(benchOptions(['--quick'], NAMES)).toMatchObject({ quick: true, rounds: 2 });
    expect(benchOptions(['--quick', '--rounds', '7'], NAMES)).toMatchObject({ quick: true, rounds: 7 });
  });

  it('choose the lists', () => {
    expect(benchOptions(['--lists', '--quick'], NAMES)).toMatchObject({ lists: true, quick: true });
  });

  it('choose the capacity', () => {
    expect(benchOptions(['--capacity'], NAMES)).toMatchObject({ capacity: true, lists: false, rounds: 3 });
  });

  it.each([
    [[], true],
    [['--rounds', '6'], true],
    [['--rounds', '2'], false],
    [['--quick', '--rounds', '7'], false],
    [['--only', 'api'], false],
    [['--only', 'api,worker,documents'], true],
  ])('%o: the page is written: %s', (args, isPublished) => {
    expect(benchOptions(args, NAMES).isPublished).toBe(isPublished);
  });

  it.each([
    [['--only', 'api,nothing'], '--only does not know nothing; the rows are documents, api, worker'],
    [['--rounds', '0'], '--rounds must be a whole number from 1 to 100'],
    [['--rounds', 'two'], '--rounds must be a whole number from 1 to 100'],
    [['--fast'], "Unknown option '--fast'"],
  ])('%o are refused', (args, message) => {
    expect(() => benchOptions(args, NAMES)).toThrow(ProgramError);
    expect(() => benchOptions(args, NAMES)).toThrow(message);
  });
});
