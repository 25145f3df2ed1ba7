import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnnouncement, parseMailbox, proofIn } from '../../src/evidence/evidence.js';

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
  ])('is ignored if it is %j', (message) => {
    expect(parseAnnouncement(message)).toBeNull();
  });

  it('is ignored or holds a time, whatever was published', () => {
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
  ])('for a cancellation of time 100 and a stream that stopped at %j is %j', (stopped, streamStoppedAt) => {
    expect(proofIn(subject, [null, stopped?.toString()])).toEqual({
      documentFetchedAt: null,
      streamStoppedAt,
    });
  });

  it('takes the earlier of two stops, under its name and under its SID', () => {
    const both = { ...subject, streamKeys: ['name', 'sid'] };
    expect(proofIn(both, [null, '150', '120'])).toEqual({ documentFetchedAt: null, streamStoppedAt: 120 });
    expect(proofIn(both, [null, '150', '99'])).toEqual({ documentFetchedAt: null, streamStoppedAt: 150 });
  });

  it('counts every fetch, because the link was made for this cancellation alone', () => {
    expect(proofIn(subject, ['99', null])).toEqual({ documentFetchedAt: 99, streamStoppedAt: null });
  });
});
