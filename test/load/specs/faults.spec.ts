import { describe, expect, it } from 'vitest';
import { faultsFrom } from '../faults.js';

const drawn = (seed: number, count: number): string[] => {
  const next = faultsFrom(seed);
  return Array.from({ length: count }, () => next());
};

describe('the faults of the load', () => {
  it('are 5 % 5xx, 2 % 429 and 1 % timeouts', () => {
    const kinds = drawn(1, 100_000);
    const percent = (kind: string): number => kinds.filter((other) => other === kind).length / 1000;
    expect(percent('5xx')).toBeCloseTo(5, 0);
    expect(percent('429')).toBeCloseTo(2, 0);
    expect(percent('timeout')).toBeCloseTo(1, 0);
  });

  it('sometimes come close together', () => {
    const kinds = drawn(1, 1000);
    expect(kinds.some((kind, index) => kind !== 'none' && (kinds[index + 1] ?? 'none') !== 'none')).toBe(
      true,
    );
  });

  it('repeat for the same seed only', () => {
    expect(drawn(7, 200)).toEqual(drawn(7, 200));
    expect(drawn(7, 200)).not.toEqual(drawn(8, 200));
  });
});
