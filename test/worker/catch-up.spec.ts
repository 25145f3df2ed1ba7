import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attempt, CancellationRecord } from '../../src/cancellation/record.js';
import { MAX_ATTEMPTS_KEPT, withAttempt } from '../../src/cancellation/record-updates.js';
import type { SharedAttempt } from '../../src/lane/shared-attempts.js';
import { withSharedAttempts } from '../../src/worker/catch-up.js';
import { T0, testAttempt, testRecord } from '../cancellation/fixtures/cancellation.js';

const isLost = () => true;
const isNotLost = () => false;

const openAt = (startedAt: number): SharedAttempt => ({
  open: { startedAt, strategy: 'update_call' },
  ended: null,
});
const endedAt = (
  startedAt: number,
  outcome: Attempt['outcome'] = 'accepted',
  callEnded = false,
): SharedAttempt => ({
  open: { startedAt, strategy: 'update_call' },
  ended: { attempt: testAttempt({ number: 4, startedAt, outcome }), callEnded },
});

const OWN = testRecord({ attempts: [testAttempt({ outcome: 'provider_error' })] });

/** What an attempt is recognized by in the rows below. */
const brief = ({ attempts }: CancellationRecord) =>
  attempts.map(({ number, startedAt, outcome }) => [number, startedAt - T0, outcome]);

describe('attempts that others sent for a cancellation', () => {
  const FIRST = [1, 0, 'provider_error'];

  it.each<[string, readonly SharedAttempt[], () => boolean, unknown[][], Attempt['outcome'] | null, boolean]>(
    [
      ['none', [], isNotLost, [FIRST], null, false],
      ['one that has ended', [endedAt(T0 + 10)], isNotLost, [FIRST, [2, 10, 'accepted']], 'accepted', false],
      ['one that is under way', [openAt(T0 + 10)], isNotLost, [FIRST], null, true],
      ['one whose sender is gone', [openAt(T0 + 10)], isLost, [FIRST, [2, 10, 'timeout']], 'timeout', false],
      ['one that it knows already', [endedAt(T0)], isNotLost, [FIRST], null, false],
      ['one that it knows already, and that looks open', [openAt(T0)], isNotLost, [FIRST], null, false],
      [
        'several',
        [endedAt(T0 + 10, 'timeout'), endedAt(T0 + 20, 'not_confirmed')],
        isNotLost,
        [FIRST, [2, 10, 'timeout'], [3, 20, 'not_confirmed']],
        'not_confirmed',
        false,
      ],
      [
        'one that has ended and one under way',
        [endedAt(T0 + 10, 'timeout'), openAt(T0 + 20)],
        isNotLost,
        [FIRST, [2, 10, 'timeout']],
        'timeout',
        true,
      ],
    ],
  )(
    '%s: the attempts, the last outcome, whether one is under way',
    (_, shared, lost, attempts, outcome, underWay) => {
      const caughtUp = withSharedAttempts(OWN, shared, lost);
      expect(brief(caughtUp.record)).toEqual(attempts);
      expect(caughtUp).toMatchObject({ sharedOutcome: outcome, isSharedUnderWay: underWay });
    },
  );

  it('tell it that the call is over', () => {
    const { record } = withSharedAttempts(OWN, [endedAt(T0 + 10, 'rejected', true)], isNotLost);
    expect(record.callEnded).toBe(true);
  });

  it('do not tell it so where their sender is gone', () => {
    expect(withSharedAttempts(OWN, [openAt(T0 + 10)], isLost).record.callEnded).toBe(false);
  });

  it('count as its own acceptance', () => {
    const { record } = withSharedAttempts(OWN, [endedAt(T0 + 10)], isNotLost);
    expect(record.acceptedAt).toBe(T0 + 50);
  });

  it('use up none of its retries by themselves', () => {
    const { record } = withSharedAttempts(OWN, [endedAt(T0 + 10, 'timeout')], isNotLost);
    expect(record.retries).toBe(0);
  });

  it('are known the second time, whatever they are', () => {
    const shared = fc.uniqueArray(
      fc.record({ at: fc.nat(30), outcome: fc.constantFrom('accepted', 'timeout', 'not_confirmed') }),
      { selector: ({ at }) => at },
    );
    fc.assert(
      fc.property(shared, (attempts) => {
        const told = attempts.map(({ at, outcome }) => endedAt(T0 + at, outcome));
        const once = withSharedAttempts(OWN, told, isLost);
        const twice = withSharedAttempts(once.record, told, isLost);
        expect(twice).toEqual({ record: once.record, sharedOutcome: null, isSharedUnderWay: false });
      }),
    );
  });

  it('do not come back once newer attempts have taken their places', () => {
    const told = [endedAt(T0 + 10)];
    const many = Array.from({ length: MAX_ATTEMPTS_KEPT }, (_, index) =>
      testAttempt({ number: index + 3, startedAt: T0 + 100 + index, outcome: 'rate_limited' }),
    );
    const { record } = withSharedAttempts(OWN, told, isNotLost);
    const later = many.reduce(withAttempt, record);
    expect(withSharedAttempts(later, told, isNotLost)).toEqual({
      record: later,
      sharedOutcome: null,
      isSharedUnderWay: false,
    });
  });
});
