import * as fc from 'fast-check';
import { validate, version } from 'uuid';
import { describe, expect, it } from 'vitest';
import { keyedId, keyedIdAt } from '../../src/api/keyed-ids.js';

const key = fc.record({
  value: fc.string({ minLength: 1, maxLength: 255 }),
  apiKeyName: fc.option(fc.string({ maxLength: 5 })),
});

describe('the ids that an Idempotency-Key stands for', () => {
  it('are UUIDs of version 8, the same for the same key and others for others', () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        const id = keyedId(one);
        expect(validate(id)).toBe(true);
        expect(version(id)).toBe(8);
        expect(keyedId({ ...one })).toBe(id);
        const isSame = one.value === other.value && one.apiKeyName === other.apiKeyName;
        expect(keyedId(other) === id).toBe(isSame);
      }),
    );
  });

  it('are in the order of the places in one request', () => {
    const ids = Array.from({ length: 1000 }, (_, place) => keyedIdAt('mark', place));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set([...ids, ...ids.map((_, place) => keyedIdAt('another', place))]).size).toBe(2000);
    expect(ids.every((id) => validate(id) && version(id) === 8)).toBe(true);
  });
});
