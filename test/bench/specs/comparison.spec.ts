import { describe, expect, it } from 'vitest';
import { linesOf, verdictOn } from '../comparison.js';
import type { Goal } from '../comparison.js';

const compared = (goal?: Goal) => ({
  what: 'a thing',
  quantity: 'requests/s',
  ceiling: 'a ceiling',
  ours: [80, 90, 100],
  theirs: [100, 90, 200],
  ...(goal && { goal }),
});

describe('the verdict on a comparison', () => {
  it('compares each pair by itself', () => {
    expect(verdictOn(compared())).toEqual({
      ours: 90,
      theirs: 100,
      pairs: { median: 0.8, min: 0.5, max: 1 },
      held: null,
    });
  });

  it.each<[Goal, boolean]>([
    [{ atLeast: 0.8 }, true],
    [{ atLeast: 0.81 }, false],
    [{ atMost: 0.8 }, true],
    [{ atMost: 0.79 }, false],
    [{ atMostMore: -20 }, true],
    [{ atMostMore: -21 }, false],
  ])('holds %o against the median of the pairs', (goal, held) => {
    expect(verdictOn(compared(goal)).held).toBe(held);
  });

  it('takes the difference where the goal is one', () => {
    expect(verdictOn(compared({ atMostMore: 5 })).pairs).toEqual({ median: -20, min: -100, max: 0 });
  });

  it('takes the values of one quantity out of the rounds', () => {
    const rounds = { ours: [{ a: 1, b: 2 }], theirs: [{ a: 3, b: 4 }] };
    expect(linesOf(rounds, 'b')).toEqual({ ours: [2], theirs: [4] });
  });
});
