import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CancellationData } from '../../src/cancellation/data.js';
import { isStreamName } from '../../src/cancellation/identifiers.js';
import type { CancellationRecord } from '../../src/cancellation/record.js';
import type { StoredCancellation } from '../../src/cancellation/stored-cancellation.js';
import {
  byAge,
  canShare,
  decisiveOf,
  MAX_SHARED,
  selectForSharedUpdate,
} from '../../src/lane/shared-update.js';
import { T0, testRecord, testStored } from '../cancellation/fixtures/cancellation.js';

const member = (id: string, age: number, fields: Partial<CancellationData> = {}): StoredCancellation =>
  testStored(id, { createdAt: T0 + age, streamName: id, ...fields });

const ASKS = { isThenRequested: true };

/** The cancellation whose run sends the update. */
const OWN = member('own', 0);

const ids = (members: readonly StoredCancellation[]) => members.map(({ id }) => id);

describe('what the call does next', () => {
  it.each([
    ['the newest says it', [member('c', 3), member('a', 1), member('b', 2)], 'c'],
    ['of two of the same age, the one that the request names later', [member('b', 1), member('a', 1)], 'b'],
    [
      'a request that says so itself decides over a newer default',
      [member('a', 1, ASKS), member('b', 2, ASKS), member('c', 3)],
      'b',
    ],
  ])('%s', (_, members, id) => {
    expect(decisiveOf(members)?.id).toBe(id);
  });

  it('is nothing where there is nobody', () => {
    expect(decisiveOf([])).toBeUndefined();
    expect(selectForSharedUpdate(OWN, [])).toEqual([]);
  });
});

describe('whether a document that stops other streams may stop this one too', () => {
  const TAKEN = { streamSid: 'sid' };
  it.each<[string, Partial<CancellationData>, Partial<CancellationRecord>, boolean]>([
    ['a stream with a name', {}, {}, true],
    ['a stream with a name and verbs of its own', ASKS, {}, true],
    ['a stream without a name', { streamName: null }, {}, false],
    ['one whose request names a template', { template: 'bye' }, {}, false],
    ['one whose request names a document', { documentUrl: 'https://example.com' }, {}, false],
    ['one that is stopped by its SID', TAKEN, {}, false],
    ['one whose SID is not known yet', {}, {}, true],
    ['one whose SID was learned', {}, { streamSid: 'sid' }, false],
    ['one whose SID SignalWire does not know', TAKEN, { sidNotFound: true }, true],
    ['one whose deadline has passed', { deadline: T0 + 10 }, {}, false],
  ])('%s: %3$s', (_, data, record, may) => {
    expect(canShare(testStored('id', data, { record: testRecord(record) }), T0 + 10)).toBe(may);
  });

  it('one that is finished: false', () => {
    expect(canShare(testStored('id', {}, { finishedAt: T0 }), T0 + 10)).toBe(false);
  });
});

describe('the streams that one document stops', () => {
  it('are that of the cancellation which decides what comes next, then the oldest', () => {
    const members = [member('d', 4), member('b', 2, ASKS), member('a', 1), member('c', 3)];
    expect(ids(selectForSharedUpdate(OWN, members))).toEqual(['b', 'a', 'c', 'd']);
  });

  it('are 20 at most with its own, that of the deciding cancellation among them', () => {
    const members = Array.from({ length: 30 }, (_, age) =>
      member(`${age + 10}`, age, age === 25 ? ASKS : {}),
    );
    const shared = ids(selectForSharedUpdate(OWN, members));
    expect(shared).toEqual(['35', ...Array.from({ length: 18 }, (_, age) => `${age + 10}`)]);
  });

  it('have names that fit into one URL', () => {
    const members = Array.from({ length: 9 }, (_, age) =>
      member(`${age}`, age, { streamName: 'x'.repeat(256) }),
    );
    expect(selectForSharedUpdate(OWN, members)).toHaveLength(3);
  });

  it('are all different, never too many or too long, and the same in whatever order they are read', () => {
    const several = fc.uniqueArray(
      fc.record({
        id: fc.uuid(),
        createdAt: fc.integer({ min: T0, max: T0 + 5 }),
        streamName: fc.string({ minLength: 1, maxLength: 256, unit: 'grapheme' }).filter(isStreamName),
        isThenRequested: fc.boolean(),
      }),
      { selector: ({ id }) => id, maxLength: 40 },
    );
    fc.assert(
      fc.property(several, fc.infiniteStream(fc.nat()), (given, order) => {
        const members = given.map(({ id, ...data }) => testStored(id, data));
        const shuffled = members
          .map((one) => [order.next().value as number, one] as const)
          .toSorted(([one], [other]) => one - other)
          .map(([, one]) => one);
        const shared = selectForSharedUpdate(OWN, shuffled);
        expect(ids(shared)).toEqual(ids(selectForSharedUpdate(OWN, members.toSorted(byAge))));
        expect(new Set(ids(shared)).size).toBe(shared.length);
        expect(shared.length).toBeLessThan(MAX_SHARED);
        const names = shared.map(({ data }) => JSON.stringify(data.streamName)).join('');
        expect(Buffer.byteLength(names)).toBeLessThanOrEqual(1000);
        expect(shared[0]?.id).toBe(decisiveOf(members)?.id);
      }),
    );
  });
});
