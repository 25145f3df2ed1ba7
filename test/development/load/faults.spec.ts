import { expect, it } from 'vitest';
import { faultKindOf } from '../../../src/development/load/faults.js';

it('gives of a hundred calls five a 5xx, two a 429 and one no answer, no two in a row', () => {
  const kinds = Array.from({ length: 1000 }, (_, index) => faultKindOf(index + 1));
  const count = (kind: string): number => kinds.filter((other) => other === kind).length;
  expect(['5xx', '429', 'timeout', 'none'].map(count)).toEqual([50, 20, 10, 920]);
  expect(kinds.some((kind, index) => kind !== 'none' && (kinds[index + 1] ?? 'none') !== 'none')).toBe(false);
});
