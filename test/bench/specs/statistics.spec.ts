import { describe, expect, it } from 'vitest';
import { median, percentile, slopeOf, spreadOf, steadyRate } from '../statistics.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('the statistics of the bench', () => {
  it('takes the nearest rank for a percentile, whatever the order', () => {
    const values = upTo(100).toReversed();
    expect([0, 0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 50, 99, 100]);
    expect(percentile([-3, -1], 0.5)).toBe(-3);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('takes the middle for the median, of an even number the mean of two', () => {
    expect(median([10, 1, 2])).toBe(2);
    expect(median([10, 1, 2, 4])).toBe(3);
    expect(spreadOf([10, 1, 2])).toEqual({ median: 2, min: 1, max: 10 });
  });

  it('finds the slope of the nearest line', () => {
    const line = upTo(5).map((x) => [x, 3 * x + 7] as const);
    expect(slopeOf(line)).toBeCloseTo(3);
    expect(slopeOf([...line, [6, 25], [7, 28]])).toBeCloseTo(3);
    expect(slopeOf([[1, 1]])).toBe(0);
  });

  it('leaves the start and the end of a backlog out of its rate', () => {
    // A job every ms, but for a slow start and a slow end.
    const finished = upTo(100).map((number) => (number <= 20 ? number * 50 - 1000 : number));
    expect(steadyRate([...finished.slice(0, 96), 1000, 2000, 3000, 4000])).toBeCloseTo(1000);
  });
});
