import { describe, expect, it } from 'vitest';
import { loadOptions } from '../../../src/development/load/options.js';

describe('the arguments of the load', () => {
  it('are a hundred a second for three minutes, or an hour of them with gaps', () => {
    expect(loadOptions([])).toEqual({ rate: 100, minutes: 3, soak: false });
    expect(loadOptions(['--soak'])).toEqual({ rate: 100, minutes: 60, soak: true });
    expect(loadOptions(['--soak', '--minutes', '5', '--rate', '7'])).toEqual({
      rate: 7,
      minutes: 5,
      soak: true,
    });
  });

  it.each([
    [['--rate', '0'], '--rate must be a whole number from 1 to 5000'],
    [['--minutes', '1.5'], '--minutes must be a whole number from 1 to 1440'],
    [['--forever'], "Unknown option '--forever'"],
  ])('refuse %o', (args, message) => {
    expect(() => loadOptions(args)).toThrow(message);
  });
});
