import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, fingerprintOf } from '../../../src/api/accept/fingerprint.js';

const body = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true });

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, field]) => [name, reversed(field)]),
  );
};

describe('the fingerprint of a body', () => {
  it('does not depend on the order of fields', () => {
    fc.assert(
      fc.property(body, (one) => {
        expect(fingerprintOf(reversed(one))).toBe(fingerprintOf(one));
      }),
    );
  });

  it('is the same for null and for an absent field, at every level', () => {
    const verbs = [{ say: 'x' }];
    expect(fingerprintOf({ callSid: 'a', project: null, then: [{ say: 'x', voice: null }] })).toBe(
      fingerprintOf({ callSid: 'a', then: verbs }),
    );
    expect(fingerprintOf({ callSid: 'a', project: undefined, then: verbs })).toBe(
      fingerprintOf({ callSid: 'a', then: verbs }),
    );
  });

  it.each([
    ['a value', { callSid: 'b' }],
    ['a type', { callSid: 1 }],
    ['one more field', { callSid: 'a', streamName: 's' }],
    ['a default that is written out', { callSid: 'a', strategy: 'auto' }],
    ['the field', { callSids: 'a' }],
  ])('differs if %s differs', (_, other) => {
    expect(fingerprintOf(other)).not.toBe(fingerprintOf({ callSid: 'a' }));
  });

  it('depends on the order of verbs', () => {
    const [say, pause] = [{ say: 'x' }, { pause: 1 }];
    expect(fingerprintOf({ then: [say, pause] })).not.toBe(fingerprintOf({ then: [pause, say] }));
  });

  it('is taken of deeply nested bodies too', () => {
    const depth = 100_000;
    const deep: unknown = JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect(fingerprintOf({ deep })).toHaveLength(43);
  });
});

describe('canonicalJson', () => {
  it('is JSON of the same value', () => {
    const withoutNulls = fc.dictionary(
      fc.string(),
      fc.oneof(fc.string(), fc.integer(), fc.array(fc.jsonValue({ maxDepth: 0 }))),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(withoutNulls, (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(canonicalJson(plain))).toEqual(plain);
      }),
    );
  });

  it('sorts fields by name', () => {
    expect(canonicalJson({ b: [{ d: 1, c: undefined, a: null }], a: 'x' })).toBe('{"a":"x","b":[{"d":1}]}');
  });
});
