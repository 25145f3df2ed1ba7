import { describe, expect, it } from 'vitest';
import { entriesIn } from '../../src/api/batch-entries.js';
import { InvalidBodyError } from '../../src/platform/http/invalid-body.error.js';

function fieldsOf(body: unknown): string[] {
  try {
    entriesIn(body);
  } catch (error) {
    if (error instanceof InvalidBodyError) return error.faults.map(({ field }) => field);
  }
  return [];
}

describe('a batch', () => {
  it.each([1, 1000])('may have %i entries, whatever they are', (length) => {
    const cancellations = Array.from({ length }, () => null);
    expect(entriesIn({ cancellations })).toBe(cancellations);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'text'],
    ['a number', 1],
    ['an empty object', {}],
    ['no entry', { cancellations: [] }],
    ['too many entries', { cancellations: Array.from({ length: 1001 }, () => null) }],
    ['one without a list', { cancellations: { callSid: 'a', streamName: 'b' } }],
    ['null for a list', { cancellations: null }],
  ])('may not be %s', (_, body) => {
    expect(fieldsOf(body)).toEqual(['cancellations']);
  });

  it('has no other field', () => {
    expect(fieldsOf({ cancellations: [1], project: 'default' })).toEqual(['project']);
    expect(fieldsOf(JSON.parse('{"__proto__":{"cancellations":[1]}}'))).toEqual([
      '__proto__',
      'cancellations',
    ]);
    expect(fieldsOf([{ callSid: 'a' }])).toEqual(['0', 'cancellations']);
  });
});
