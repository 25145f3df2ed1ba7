import { describe, expect, it } from 'vitest';
import { comparePlain, missesGoal, verdictOn } from '../results/comparison.js';
import type { Goal } from '../results/comparison.js';

const compared = (goal?: Goal) => ({
  what: 'a thing',
  quantity: 'requests/s',
  comparedWith: 'plain build',
  ours: [80, 90, 100],
  theirs: [100, 90, 200],
  ...(goal && { goal }),
});

describe('the verdict on a comparison', () => {
  it('compares round by round', () => {
    expect(verdictOn(compared())).toEqual({
      ours: 90,
      theirs: 100,
      pairs: { median: 0.8, min: 0.5, max: 1 },
      isMet: null,
    });
  });

  it.each<[Goal, boolean]>([
    [{ atLeast: 0.8 }, true],
    [{ atLeast: 0.81 }, false],
    [{ atMost: 0.8 }, true],
    [{ atMost: 0.79 }, false],
    [{ atMostMoreMs: -20 }, true],
    [{ atMostMoreMs: -21 }, false],
  ])('applies the goal %o to the median of the rounds', (goal, isMet) => {
    expect(verdictOn(compared(goal)).isMet).toBe(isMet);
    expect(missesGoal(compared(goal))).toBe(!isMet);
  });

  it('takes the difference for a goal in milliseconds', () => {
    expect(verdictOn(compared({ atMostMoreMs: 5 })).pairs).toEqual({ median: -20, min: -100, max: 0 });
  });

  it('misses no goal where there is none, or no measurement', () => {
    expect(missesGoal(compared())).toBe(false);
    expect(missesGoal({ what: 'a thing', reason: 'broken' })).toBe(false);
  });
});

it('compares one quantity of all rounds with the plain build, beside the ceiling', () => {
  const rounds = { ours: [{ a: 1, b: 2 }], plain: [{ a: 3, b: 4 }], ceiling: [{ a: 5, b: 6 }] };
  const row = { what: 'a thing', quantity: 'requests/s', ceiling: 'bare' };
  expect(comparePlain(rounds, 'b', row)).toEqual({
    what: 'a thing',
    quantity: 'requests/s',
    comparedWith: 'plain build',
    ours: [2],
    theirs: [4],
    ceiling: { name: 'bare', values: [6] },
  });
});
