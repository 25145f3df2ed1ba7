import { describe, expect, it } from 'vitest';
import { entriesIn } from '../../../src/api/requests/batch.js';
import { InvalidBodyError } from '../../../src/platform/http/body/invalid-body.error.js';

function fieldsOf(body: object): string[] {
  try {
    entriesIn(body);
  } catch (error) {
    if (error instanceof InvalidBodyError) return error.faults.map(({ field }) => field);
  }
  return [];
}

describe('a batch', () => {
  it.each([1, 1000])('may have %i entries of any kind', (length) => {
    const cancellations = Array.from({ length }, () => null);
    expect(entriesIn({ cancellations })).toBe(cancellations);
  });

  it.each([
    ['an empty object', {}],
    ['no entry', { cancellations: [] }],
    ['too many entries', { cancellations: Array.from({ length: 1001 }, () => null) }],
    ['one entry without a list', { cancellations: { callSid: 'a', streamName: 'b' } }],
    ['null instead of a list', { cancellations: null }],
  ])('may not be %s', (_, body) => {
    expect(fieldsOf(body)).toEqual(['cancellations']);
  });

  it('may not have other fields', () => {
    expect(fieldsOf({ cancellations: [1], project: 'default' })).toEqual(['project']);
    expect(fieldsOf(JSON.parse('{"__proto__":{"cancellations":[1]}}') as object)).toEqual([
      '__proto__',
      'cancellations',
    ]);
    expect(fieldsOf([{ callSid: 'a' }])).toEqual(['0', 'cancellations']);
  });
});
