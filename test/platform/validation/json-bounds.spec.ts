import { describe, expect, it } from 'vitest';
import { faultInJson } from '../../../src/platform/validation/json-bounds.js';

const fieldsNamed = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`field${index}`, 1]));

const nested = (depth: number): unknown => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);

function cpuMsOf(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe('the bounds of a parsed JSON body', () => {
  it.each([
    ['an ordinary body', { callSid: 'a', then: [{ say: 'x' }, { hangup: true }] }],
    ['50 fields in an object', fieldsNamed(50)],
    ['ten levels', nested(11)],
    ['a thousand entries', { cancellations: Array.from({ length: 1000 }, () => ({ callSid: 'a' })) }],
    ['a name of 100 characters', { ['n'.repeat(100)]: 1 }],
  ])('accept %s', (_, json) => {
    expect(faultInJson(json)).toBeNull();
  });

  it.each([
    ['51 fields in an object', fieldsNamed(51), '', 'the body has more than 50 fields'],
    ['51 fields in a nested object', { a: [fieldsNamed(51)] }, 'a[0]', 'a[0] has more than 50 fields'],
    [
      'an object at the eleventh level',
      nested(12),
      'a.a.a.a.a.a.a.a.a.a.a',
      'a.a.a.a.a.a.a.a.a.a.a is nested more than 10 levels deep',
    ],
    [
      'a field that class-transformer would drop',
      { a: { constructor: 1 } },
      'a.constructor',
      'constructor is not a known field; remove it',
    ],
    [
      'a very long name',
      { ['n'.repeat(101)]: 1 },
      `${'n'.repeat(97)}...`,
      `${'n'.repeat(97)}... is not a known field; remove it`,
    ],
  ])('refuse %s', (_, json, field, message) => {
    expect(faultInJson(json)).toEqual({ field, message });
  });

  it('refuse a value nested 100,000 levels deep without exhausting the stack', () => {
    expect(faultInJson(nested(100_000))?.message).toContain('nested more than 10 levels deep');
  });

  it('refuse 95,000 unknown fields in one nested object within 100 ms of CPU time', () => {
    const body = { then: [fieldsNamed(95_000)] };
    expect(cpuMsOf(() => expect(faultInJson(body)).not.toBeNull())).toBeLessThan(100);
  });
});
