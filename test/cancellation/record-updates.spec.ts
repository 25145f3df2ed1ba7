import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_RECORD, nextNumber } from '../../src/cancellation/record.js';
import type { Attempt, CancellationRecord } from '../../src/cancellation/record.js';
import * as update from '../../src/cancellation/record-updates.js';
import { MAX_ATTEMPTS_KEPT } from '../../src/cancellation/record-updates.js';
import { FAILURE_CODES } from '../../src/cancellation/vocabulary.js';
import { T0, testAttempt, testRecord } from './fixtures/cancellation.js';

const BACKING_OFF = testRecord({ nextAttemptAt: T0 + 500, waitingFor: 'backoff', retries: 1 });

describe('an attempt', () => {
  it('is open from just before its POST, and nothing is planned any more', () => {
    const open = { startedAt: T0, strategy: 'update_call' } as const;
    expect(update.withOpenAttempt(BACKING_OFF, open)).toEqual(testRecord({ retries: 1, open }));
  });

  it('is no longer open once it has ended', () => {
    const open = { startedAt: T0, strategy: 'update_call' } as const;
    const ended = update.withAttempt(update.withOpenAttempt(BACKING_OFF, open), testAttempt());
    expect(ended).toEqual(testRecord({ retries: 1, attempts: [testAttempt()], acceptedAt: T0 + 40 }));
  });

  it.each<[Attempt['outcome'], number | null]>([
    ['accepted', T0 + 40],
    ['not_confirmed', T0 + 40],
    ...FAILURE_CODES.filter((code) => code !== 'not_confirmed').map((code): [Attempt['outcome'], null] => [
      code,
      null,
    ]),
  ])('with the outcome %s was accepted at %s', (outcome, acceptedAt) => {
    const { acceptedAt: actual } = update.withAttempt(EMPTY_RECORD, testAttempt({ outcome }));
    expect(actual).toBe(acceptedAt);
  });

  it('that was lost with its worker counts as a timeout that may have arrived', () => {
    const before = testRecord({
      attempts: [testAttempt({ number: 7, outcome: 'provider_error' })],
      open: { startedAt: T0 + 900, strategy: 'stream_resource' },
    });
    const { attempts, open } = update.withLostAttempt(before);
    expect(open).toBeNull();
    expect(attempts.at(-1)).toEqual({
      number: 8,
      strategy: 'stream_resource',
      startedAt: T0 + 900,
      durationMs: 0,
      outcome: 'timeout',
      httpStatus: null,
      providerCode: null,
      message: 'its worker was lost before the answer was known',
      mayHaveArrived: true,
    });
  });

  it('is not lost where none is open', () => {
    expect(update.withLostAttempt(BACKING_OFF)).toBe(BACKING_OFF);
  });

  it('that was accepted but never confirmed keeps its number and times, and the time of its acceptance', () => {
    const first = testAttempt({ outcome: 'timeout' });
    const accepted = [first, testAttempt({ number: 2, startedAt: T0 + 100 })].reduce(
      update.withAttempt,
      EMPTY_RECORD,
    );
    expect(update.withUnconfirmed(accepted, 'not fetched')).toEqual({
      ...accepted,
      attempts: [
        first,
        testAttempt({ number: 2, startedAt: T0 + 100, outcome: 'not_confirmed', message: 'not fetched' }),
      ],
    });
  });

  it('of a call that a read did not find becomes call_not_found', () => {
    const rejected = testRecord({ attempts: [testAttempt({ outcome: 'rejected' })] });
    expect(update.withCallNotFound(rejected).attempts).toMatchObject([{ outcome: 'call_not_found' }]);
  });
});

describe('an attempt that another cancellation sent for this one', () => {
  it('is numbered after its own attempts', () => {
    const own = testRecord({ attempts: [testAttempt({ number: 3, outcome: 'provider_error' })] });
    const shared = testAttempt({ number: 9, startedAt: T0 + 100 });
    const { attempts, acceptedAt } = update.withSharedAttempt(own, shared, false);
    expect(attempts.map(({ number, outcome }) => [number, outcome])).toEqual([
      [3, 'provider_error'],
      [4, 'accepted'],
    ]);
    expect(acceptedAt).toBe(T0 + 140);
  });

  it('changes nothing where it is read again', () => {
    const once = update.withSharedAttempt(EMPTY_RECORD, testAttempt(), false);
    expect(update.withSharedAttempt(once, testAttempt({ number: 5 }), true)).toBe(once);
  });

  it.each([
    [false, false, false],
    [false, true, true],
    [true, false, true],
    [true, true, true],
  ])(
    'of a call that was over before: %s, and that it found over: %s, leaves it over: %s',
    (before, found, over) => {
      const record = testRecord({ callEnded: before });
      expect(update.withSharedAttempt(record, testAttempt(), found).callEnded).toBe(over);
    },
  );
});

describe('proof', () => {
  it.each([
    [null, null, null],
    [null, T0, T0],
    [T0, null, T0],
    [T0, T0 + 5, T0],
    [T0 + 5, T0, T0 + 5],
  ])('that was there at %s, and is read at %s, is of %s', (before, now, after) => {
    const record = testRecord({ documentFetchedAt: before, streamStoppedAt: before });
    const { documentFetchedAt, streamStoppedAt } = update.withProof(record, {
      documentFetchedAt: now,
      streamStoppedAt: now,
    });
    expect([documentFetchedAt, streamStoppedAt]).toEqual([after, after]);
  });

  it.each([
    [null, T0 + 5, T0 + 5],
    [T0, T0 + 5, T0],
  ])('by an answer at %s, and by another one at %s, is of %s', (before, now, after) => {
    const record = testRecord({ saidStoppedAt: before });
    expect(update.withSaidStopped(record, now).saidStoppedAt).toBe(after);
  });
});

describe('what is planned', () => {
  it.each<[string, CancellationRecord, Partial<CancellationRecord>]>([
    [
      'a wait, which uses up no retry',
      update.withPlan(EMPTY_RECORD, 'throttled', T0),
      { waitingFor: 'throttled', nextAttemptAt: T0 },
    ],
    [
      'a retry after a backoff',
      update.withRetry(EMPTY_RECORD, T0),
      { waitingFor: 'backoff', nextAttemptAt: T0, retries: 1 },
    ],
    [
      'a retry after an attempt that never reached SignalWire',
      update.withRetry(testRecord({ attempts: [testAttempt({ mayHaveArrived: false })] }), T0),
      {
        attempts: [testAttempt({ mayHaveArrived: false })],
        waitingFor: 'backoff',
        nextAttemptAt: T0,
        retries: 1,
        retriesUnarrived: 1,
      },
    ],
    [
      'nothing, once it was given up; what it waited for explains why',
      update.withGivenUp(update.withPlan(EMPTY_RECORD, 'unauthorized', T0), 'deadline'),
      { waitingFor: 'unauthorized', givenUp: 'deadline' },
    ],
    [
      'nothing, once it has succeeded',
      update.withNothingPlanned(update.withRetry(EMPTY_RECORD, T0)),
      { retries: 1 },
    ],
  ])('is %s', (_, record, fields) => {
    expect(record).toEqual(testRecord(fields));
  });
});

const at = fc.integer({ min: T0, max: T0 + 1000 });
const attempt: fc.Arbitrary<Attempt> = fc
  .record({
    startedAt: at,
    strategy: fc.constantFrom('update_call', 'stream_resource'),
    outcome: fc.constantFrom('accepted', ...FAILURE_CODES),
    mayHaveArrived: fc.boolean(),
  })
  .map(testAttempt);

type Change = (record: CancellationRecord) => CancellationRecord;

/** Any change that a run makes. */
const change: fc.Arbitrary<Change> = fc.oneof(
  attempt.map(
    (one): Change =>
      (record) =>
        update.withOpenAttempt(record, one),
  ),
  attempt.map(
    (one): Change =>
      (record) =>
        update.withAttempt(record, { ...one, number: nextNumber(record) }),
  ),
  fc.tuple(attempt, fc.boolean()).map(
    ([one, callEnded]): Change =>
      (record) =>
        update.withSharedAttempt(record, one, callEnded),
  ),
  fc.record({ documentFetchedAt: fc.option(at), streamStoppedAt: fc.option(at) }).map(
    (proof): Change =>
      (record) =>
        update.withProof(record, proof),
  ),
  at.map(
    (said): Change =>
      (record) =>
        update.withSaidStopped(record, said),
  ),
  at.map(
    (next): Change =>
      (record) =>
        update.withRetry(record, next),
  ),
  at.map(
    (next): Change =>
      (record) =>
        update.withPlan(record, 'throttled', next),
  ),
  fc.constantFrom<Change>(
    update.withLostAttempt,
    update.withCallEnded,
    update.withCallNotFound,
    update.withNothingPlanned,
    (record) => update.withUnconfirmed(record, 'not fetched'),
    (record) => update.withGivenUp(record, 'deadline'),
  ),
);

const TIMES = ['acceptedAt', 'documentFetchedAt', 'streamStoppedAt', 'saidStoppedAt'] as const;

describe('whatever happens to a record', () => {
  it('never takes back a proof, moves its time, or undoes the end of the call', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 100 }), (changes) => {
        let before = EMPTY_RECORD;
        for (const next of changes) {
          const after = next(before);
          for (const time of TIMES) expect(after[time]).toBe(before[time] ?? after[time]);
          expect(before.callEnded && !after.callEnded).toBe(false);
          before = after;
        }
      }),
    );
  });

  it('keeps the last attempts only, numbered one after the other', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200, size: 'max' }), (changes) => {
        const { attempts } = changes.reduce((record, next) => next(record), EMPTY_RECORD);
        expect(attempts.length).toBeLessThanOrEqual(MAX_ATTEMPTS_KEPT);
        const first = attempts[0]?.number ?? 1;
        expect(attempts.map(({ number }) => number)).toEqual(attempts.map((_, index) => first + index));
      }),
    );
  });

  it('leaves the record before it as it was', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), change, (changes, last) => {
        const before = changes.reduce((record, next) => next(record), EMPTY_RECORD);
        const copy = structuredClone(before);
        last(before);
        expect(before).toEqual(copy);
      }),
    );
  });
});

describe('more attempts than are kept', () => {
  it('leave the newest, whose numbers go on', () => {
    const many = Array.from({ length: MAX_ATTEMPTS_KEPT + 5 }, (_, index) =>
      testAttempt({ number: index + 1, startedAt: T0 + index, outcome: 'rate_limited' }),
    );
    const record = many.reduce(update.withAttempt, EMPTY_RECORD);
    expect(record.attempts).toEqual(many.slice(5));
    expect(nextNumber(record)).toBe(MAX_ATTEMPTS_KEPT + 6);
  });
});
