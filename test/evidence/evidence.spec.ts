import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_PROOF, parseAnnouncement, parseMailbox, proofIn, together } from '../../src/evidence/evidence.js';
import type { Proof } from '../../src/evidence/evidence.js';

const announcement = { mailboxes: ['a', 'b'], at: 1_790_000_000_000 };

const isTime = (at: number | null) => at === null || !Number.isNaN(new Date(at).getTime());

describe('an announcement', () => {
  it('is read as it was written', () => {
    expect(parseAnnouncement(JSON.stringify(announcement))).toEqual(announcement);
  });

  it.each([
    'hello',
    '',
    'null',
    '7',
    '[]',
    '{}',
    '{"at":1}',
    '{"mailboxes":["a"]}',
    '{"mailboxes":"a","at":1}',
    '{"mailboxes":[1],"at":1}',
    '{"mailboxes":["a"],"at":"1"}',
    '{"mailboxes":["a"],"at":1.5}',
    '{"mailboxes":["a"],"at":0}',
    '{"mailboxes":["a"],"at":1e300}',
    '{"mailboxes":["a"],"at":8640000000000001}',
  ])('that is %j is passed over', (message) => {
    expect(parseAnnouncement(message)).toBeNull();
  });

  it('is passed over or holds a time, whatever it is', () => {
    const like = fc
      .record({ mailboxes: fc.array(fc.jsonValue()), at: fc.jsonValue() })
      .map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), like), (message) => {
        expect(isTime(parseAnnouncement(message)?.at ?? null)).toBe(true);
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
    [undefined, null],
  ])('with %j holds %j', (content, at) => {
    expect(parseMailbox(content)).toBe(at);
  });

  it('holds a time or none, whatever is in it', () => {
    const content = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.maxSafeInteger().map(String),
      fc.constant(null),
    );
    fc.assert(
      fc.property(content, (text) => {
        expect(isTime(parseMailbox(text))).toBe(true);
      }),
    );
  });
});

describe('the proof in the mailboxes of a subject', () => {
  const subject = { cancellationId: 'c', streamKeys: ['k'], createdAt: 100 };

  it.each([
    [99, null],
    [100, 100],
    [101, 101],
    [null, null],
  ])(
    'has for a stream that stopped at %j, where the cancellation is of 100, %j',
    (stopped, streamStoppedAt) => {
      expect(proofIn(subject, [null, stopped?.toString()])).toEqual({
        documentFetchedAt: null,
        streamStoppedAt,
      });
    },
  );

  it('has every fetch: its link was made for this cancellation alone', () => {
    expect(proofIn(subject, ['99', null])).toEqual({ documentFetchedAt: 99, streamStoppedAt: null });
  });
});

describe('two proofs together', () => {
  const time = fc.option(fc.integer({ min: 1 }));
  const proof: fc.Arbitrary<Proof> = fc.record({ documentFetchedAt: time, streamStoppedAt: time });

  it('have the earlier time of each kind', () => {
    const one = { documentFetchedAt: 1, streamStoppedAt: 4 };
    expect(together(one, { documentFetchedAt: 2, streamStoppedAt: 3 })).toEqual({
      documentFetchedAt: 1,
      streamStoppedAt: 3,
    });
  });

  it('are the same either way, and lose nothing', () => {
    fc.assert(
      fc.property(proof, proof, (one, other) => {
        expect(together(one, other)).toEqual(together(other, one));
        expect(together(one, NO_PROOF)).toEqual(one);
      }),
    );
  });
});
