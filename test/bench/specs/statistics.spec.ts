import { describe, expect, it } from 'vitest';
import { median, percentile, slopeOf, spreadOf } from '../results/statistics.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('the statistics of the bench', () => {
  it('takes the nearest rank for a percentile', () => {
    const values = upTo(100).toReversed();
    expect([0, 0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 50, 99, 100]);
    expect(percentile([-3, -1], 0.5)).toBe(-3);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('takes the middle value for the median, or the mean of the two middle ones', () => {
    expect(median([10, 1, 2])).toBe(2);
    expect(median([10, 1, 2, 4])).toBe(3);
    expect(spreadOf([10, 1, 2])).toEqual({ median: 2, min: 1, max: 10 });
  });

  it('finds the slope of the least-squares line', () => {
    const line = upTo(5).map((x) => [x, 3 * x + 7] as const);
    expect(slopeOf(line)).toBeCloseTo(3);
    expect(slopeOf([...line, [6, 25], [7, 28]])).toBeCloseTo(3);
    expect(slopeOf([[1, 1]])).toBe(0);
  });
});
