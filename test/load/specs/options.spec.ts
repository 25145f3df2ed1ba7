import { describe, expect, it } from 'vitest';
import { commandOf, loadOptions, rateText } from '../options.js';

describe('the arguments of the load', () => {
  it('are a hundred a second for three minutes, or an hour of them with gaps', () => {
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
  ])('refuse %o', (args, message) => {
    expect(() => loadOptions(args)).toThrow(message);
  });

  it.each([
    ['', ''],
    ['--soak', ' -- --soak'],
    ['--minutes 3 --rate 100', ''],
    ['--minutes 60 --seed 2', ' -- --minutes 60 --seed 2'],
    ['--seed 2 --soak --minutes 3 --rate 7', ' -- --soak --rate 7 --minutes 3 --seed 2'],
  ])('%o stand in the command that repeats it, where they are not the usual ones', (args, words) => {
    const options = loadOptions(args.split(' ').filter((word) => word !== ''));
    expect(commandOf(options)).toBe(`npm run bench:load${words}`);
  });

  it('are put into words', () => {
    expect(rateText(loadOptions(['--minutes', '1']))).toBe('100 cancellations a second for 1 minute');
    expect(rateText(loadOptions([]))).toBe('100 cancellations a second for 3 minutes');
  });
});
