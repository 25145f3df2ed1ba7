import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortedJson } from '../../../src/platform/validation/sorted-json.js';

describe('sortedJson', () => {
  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(sortedJson(plain))).toEqual(plain);
      }),
    );
  });

  it('has all fields in order, and none without a value', () => {
    expect(sortedJson({ b: [{ d: 1, c: undefined, a: null }], a: 'x' })).toBe(
      '{"a":"x","b":[{"a":null,"d":1}]}',
    );
  });

  it('ends for what is nested without end', () => {
    const depth = 100_000;
    const deep: unknown = JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect(sortedJson({ deep }).length).toBeLessThan(100);
  });
});
