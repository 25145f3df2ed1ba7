import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastTryMs } from '../../src/cancellation/time-left.js';
import { giveUp } from '../../src/worker/next.js';
import { failuresOf, planRetry, retryLimits, roomMs } from '../../src/worker/retry-policy.js';
import type { RetryLimits, Time } from '../../src/worker/retry-policy.js';
import { testAttempt, testRecord } from '../cancellation/fixtures/cancellation.js';

const DAY_MS = 86_400_000;
const LIMITS: RetryLimits = { maxAttempts: 8, backoffBaseMs: 250, backoffCapMs: 8000 };
/** Of a cancellation that has a day, at its start. */
const MUCH_TIME: Time = { now: 0, createdAt: 0, deadline: DAY_MS };
/** The largest number below 1: the longest wait that chance can give. */
const ALMOST_ONE = 1 - Number.EPSILON / 2;

/** That many attempts have failed, all of which reached SignalWire. */
const after = (failed: number) => ({ inAll: failed, arrived: failed });

const retry = (afterMs: number) => ({ kind: 'retry', afterMs });

const limits: fc.Arbitrary<RetryLimits> = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 100 }),
  backoffBaseMs: fc.integer({ min: 1, max: DAY_MS }),
  backoffCapMs: fc.integer({ min: 1, max: DAY_MS }),
});
/** Before, at and after the deadline. */
const time: fc.Arbitrary<Time> = fc
  .record({ totalMs: fc.integer({ min: 1, max: DAY_MS }), createdAt: fc.nat(), ageMs: fc.nat(2 * DAY_MS) })
  .map(({ totalMs, createdAt, ageMs }) => ({
    createdAt,
    now: createdAt + ageMs,
    deadline: createdAt + totalMs,
  }));
const retryAfterMs = fc.option(fc.integer({ min: 0, max: DAY_MS }));
const failed = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2 ** 31 }));
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the plan after a failed attempt', () => {
  it.each([
    { failed: 1, ceiling: 250 },
    { failed: 2, ceiling: 500 },
    { failed: 3, ceiling: 1000 },
    { failed: 6, ceiling: 8000 },
    { failed: 7, ceiling: 8000 },
  ])('waits from 0 to $ceiling ms after attempt $failed', ({ failed, ceiling }) => {
    const plan = (chance: number) => planRetry(after(failed), null, MUCH_TIME, LIMITS, chance);
    expect(plan(0)).toEqual(retry(0));
    expect(plan(0.5)).toEqual(retry(ceiling / 2));
    expect(plan(ALMOST_ONE)).toEqual(retry(expect.closeTo(ceiling - 1, -0.5) as number));
  });

  it('waits a whole number of milliseconds within the cap and the backoff, and leaves time for the attempt to count', () => {
    fc.assert(
      fc.property(failed, retryAfterMs, time, limits, random, (failed, asked, time, limits, random) => {
        const plan = planRetry(after(failed), asked, time, limits, random);
        if (plan.kind !== 'retry') return;
        const floor = asked ?? 0;
        expect(Number.isInteger(plan.afterMs)).toBe(true);
        expect(plan.afterMs).toBeGreaterThanOrEqual(0);
        expect(plan.afterMs).toBeLessThanOrEqual(Math.max(limits.backoffCapMs, floor));
        expect(plan.afterMs).toBeLessThanOrEqual(Math.max(limits.backoffBaseMs * 2 ** (failed - 1), floor));
        expect(time.now + plan.afterMs).toBeLessThanOrEqual(
          time.deadline - lastTryMs(time.deadline - time.createdAt),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('waits as long as SignalWire asks, if there is so much time', () => {
    fc.assert(
      fc.property(failed, retryAfterMs, time, limits, random, (failed, asked, time, limits, random) => {
        const plan = planRetry(after(failed), asked, time, limits, random);
        if (plan.kind !== 'retry') return;
        expect(plan.afterMs).toBeGreaterThanOrEqual(Math.min(asked ?? 0, roomMs(time)));
      }),
      { numRuns: 2000 },
    );
  });

  it('gives up for lack of attempts exactly where the last one has been made', () => {
    fc.assert(
      fc.property(failed, time, limits, random, (failed, time, limits, random) => {
        const plan = planRetry(after(failed), null, time, limits, random);
        expect(plan.kind === 'give_up' && plan.reason === 'attempts').toBe(failed >= limits.maxAttempts);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives up for the deadline exactly where no attempt can count any more', () => {
    fc.assert(
      fc.property(time, limits, random, (time, limits, random) => {
        fc.pre(limits.maxAttempts > 1);
        const plan = planRetry(after(1), null, time, limits, random);
        expect(plan.kind === 'give_up' && plan.reason === 'deadline').toBe(roomMs(time) <= 0);
      }),
    );
  });

  it.each([
    [0, 60_000, retry(125)],
    [7000, 60_000, retry(7000)],
    [7000, 5000, retry(4000)],
    [7000, 1001, retry(1)],
    [7000, 1000, giveUp('deadline')],
  ])('where SignalWire asks to wait %i ms, %i ms before the deadline, is %j', (asked, leftMs, plan) => {
    const soon = { createdAt: 0, now: 60_000 - leftMs, deadline: 60_000 };
    expect(planRetry(after(1), asked, soon, LIMITS, 0.5)).toEqual(plan);
  });

  it('waits up to the cap after so many attempts that the exponential is beyond all numbers', () => {
    const endless = { ...LIMITS, maxAttempts: Infinity };
    for (const failed of [1024, 1025, 5000, 2 ** 31]) {
      expect(planRetry(after(failed), null, MUCH_TIME, endless, 0.5)).toEqual(retry(4000));
      expect(planRetry(after(failed), null, MUCH_TIME, endless, 0)).toEqual(retry(0));
    }
  });

  it('differs between cancellations, so that those that failed together do not return together', () => {
    const plans = Array.from({ length: 100 }, () => planRetry(after(6), null, MUCH_TIME, LIMITS));
    expect(new Set(plans.map((plan) => JSON.stringify(plan))).size).toBeGreaterThan(50);
  });
});

describe('the attempts that count towards a limit', () => {
  const ARRIVED = testAttempt({ outcome: 'provider_error' });
  const UNARRIVED = testAttempt({ outcome: 'unreachable', mayHaveArrived: false });

  it.each([
    ['the first, which arrived', ARRIVED, {}, { inAll: 1, arrived: 1 }],
    ['the first, which did not arrive', UNARRIVED, {}, { inAll: 1, arrived: 0 }],
    [
      'one that arrived after three, one of which did not',
      ARRIVED,
      { retries: 3, retriesUnarrived: 1 },
      { inAll: 4, arrived: 3 },
    ],
    [
      'one that did not arrive after three others',
      UNARRIVED,
      { retries: 3, retriesUnarrived: 3 },
      { inAll: 4, arrived: 0 },
    ],
  ])('are, with %s', (_, last, retries, failures) => {
    expect(failuresOf(testRecord({ attempts: [last], ...retries }))).toEqual(failures);
  });

  it('are those that reached SignalWire, while the backoff grows with all of them', () => {
    const unreachable = { inAll: 100, arrived: 0 };
    expect(planRetry(unreachable, null, MUCH_TIME, LIMITS, 0.5)).toEqual(retry(4000));
  });

  it('have no limit unless one is configured', () => {
    const backoff = { BACKOFF_BASE_MS: 250, BACKOFF_CAP_MS: 8000 };
    expect(retryLimits(backoff).maxAttempts).toBe(Infinity);
    expect(retryLimits({ ...backoff, MAX_ATTEMPTS: 3 }).maxAttempts).toBe(3);
  });
});

describe('the time before the last attempt', () => {
  it.each([
    [60_000, 0, 59_000],
    [60_000, 58_000, 1000],
    [60_000, 59_000, 0],
    [60_000, 60_000, -1000],
    [1000, 500, 250],
    [1000, 750, 0],
  ])('of a cancellation that has %i ms, after %i ms, is %i ms', (totalMs, ageMs, room) => {
    const createdAt = 1_790_000_000_000;
    expect(roomMs({ createdAt, now: createdAt + ageMs, deadline: createdAt + totalMs })).toBe(room);
  });
});

describe('the last attempt', () => {
  it.each([
    [60_000, 1000],
    [4000, 1000],
    [1000, 250],
    [1, 0],
  ])('of a cancellation with %i ms in all starts %i ms before the deadline', (totalMs, beforeMs) => {
    expect(lastTryMs(totalMs)).toBe(beforeMs);
  });
});
