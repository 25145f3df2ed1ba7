import { describe, expect, it } from 'vitest';
import { commandOf, isWritten, loadOptions, rateText } from '../options.js';

describe('the arguments of the load', () => {
  it('default to 100 per second for 3 minutes, and to an hour with --soak', () => {
    expect(loadOptions([])).toEqual({ rate: 100, minutes: 3, soak: false, seed: 1 });
    expect(loadOptions(['--soak'])).toEqual({ rate: 100, minutes: 60, soak: true, seed: 1 });
    expect(loadOptions(['--soak', '--minutes', '5', '--rate', '7', '--seed', '9'])).toEqual({
      rate: 7,
      minutes: 5,
      soak: true,
      seed: 9,
    });
  });

  it.each([
    [['--rate', '0'], '--rate must be a whole number from 1 to 5000'],
    [['--minutes', '1.5'], '--minutes must be a whole number from 1 to 1440'],
    [['--seed', '-1'], "Option '--seed' argument is ambiguous"],
    [['--seed', 'x'], '--seed must be a whole number from 1 to 4294967295'],
    [['--forever'], "Unknown option '--forever'"],
  ])('%o are refused', (args, message) => {
    expect(() => loadOptions(args)).toThrow(message);
  });

  it.each([
    [[], ''],
    [['--soak'], ' -- --soak'],
    [['--seed', '2', '--soak'], ' -- --soak --seed 2'],
  ])('%o appear in the command that repeats the run unless they are defaults', (args, words) => {
    expect(commandOf(loadOptions(args))).toBe(`npm run bench:load${words}`);
  });

  it.each([
    [[], true],
    [['--soak', '--seed', '2'], true],
    [['--minutes', '60'], false],
    [['--soak', '--minutes', '5'], false],
    [['--rate', '7'], false],
  ])('%o: the run is written to the page: %s', (args, written) => {
    expect(isWritten(loadOptions(args))).toBe(written);
  });

  it('are put into words', () => {
    expect(rateText(loadOptions(['--minutes', '1']))).toBe('100 cancellations per second for 1 minute');
    expect(rateText(loadOptions([]))).toBe('100 cancellations per second for 3 minutes');
  });
});
