import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvidence, parseMailbox } from '../../src/evidence/evidence.js';

const evidence = { cancellationId: 'c', documentFetchedAt: 1_790_000_000_000 };

describe('an announcement', () => {
  it('is read as it was written', () => {
    expect(parseEvidence(JSON.stringify(evidence))).toEqual(evidence);
  });

  it.each([
    'hello',
    '',
    'null',
    '7',
    '[]',
    '{}',
    '{"cancellationId":"c"}',
    '{"cancellationId":1,"documentFetchedAt":1}',
    '{"cancellationId":"c","documentFetchedAt":"1"}',
    '{"cancellationId":"c","documentFetchedAt":1.5}',
    '{"cancellationId":"c","documentFetchedAt":1e300}',
    '{"cancellationId":"c","documentFetchedAt":8640000000000001}',
  ])('that is %j is passed over', (message) => {
    expect(parseEvidence(message)).toBeNull();
  });

  it('is passed over or holds a time, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (message) => {
        const read = parseEvidence(message);
        expect(read === null || !Number.isNaN(new Date(read.documentFetchedAt).getTime())).toBe(true);
      }),
    );
  });
});

describe('a mailbox', () => {
  it.each([
    ['1790000000000', 1_790_000_000_000],
    [null, null],
    ['', null],
    ['soon', null],
    ['-1', null],
    ['Infinity', null],
  ])('with %j holds %j', (content, documentFetchedAt) => {
    expect(parseMailbox(content)).toBe(documentFetchedAt);
  });
});
