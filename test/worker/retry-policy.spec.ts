import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastTryMs, planRetry } from '../../src/worker/retry-policy.js';
import type { RetryLimits, TimeLeft } from '../../src/worker/retry-policy.js';

const DAY_MS = 86_400_000;
const LIMITS: RetryLimits = { maxAttempts: 8, backoffBaseMs: 250, backoffCapMs: 8000 };
const MUCH_TIME: TimeLeft = { untilDeadlineMs: DAY_MS, lastTryMs: 1000, retryAfterMs: null };
/** The largest number below 1: the longest wait that chance can give. */
const ALMOST_ONE = 1 - Number.EPSILON / 2;

const limits: fc.Arbitrary<RetryLimits> = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 100 }),
  backoffBaseMs: fc.integer({ min: 1, max: DAY_MS }),
  backoffCapMs: fc.integer({ min: 1, max: DAY_MS }),
});
const time: fc.Arbitrary<TimeLeft> = fc.record({
  untilDeadlineMs: fc.integer({ min: -DAY_MS, max: DAY_MS }),
  lastTryMs: fc.integer({ min: 0, max: 1000 }),
  retryAfterMs: fc.option(fc.integer({ min: 0, max: DAY_MS })),
});
const attempt = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2 ** 31 }));
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the plan after a failed attempt', () => {
  it.each([
    { attempt: 1, ceiling: 250 },
    { attempt: 2, ceiling: 500 },
    { attempt: 3, ceiling: 1000 },
    { attempt: 6, ceiling: 8000 },
    { attempt: 7, ceiling: 8000 },
  ])('waits from 0 to $ceiling ms after attempt $attempt', ({ attempt, ceiling }) => {
    expect(planRetry(attempt, MUCH_TIME, LIMITS, 0)).toEqual({ delayMs: 0 });
    expect(planRetry(attempt, MUCH_TIME, LIMITS, 0.5)).toEqual({ delayMs: ceiling / 2 });
    const { delayMs } = planRetry(attempt, MUCH_TIME, LIMITS, ALMOST_ONE) as { delayMs: number };
    expect(delayMs).toBeGreaterThan(ceiling - 2);
    expect(delayMs).toBeLessThanOrEqual(ceiling);
  });

  it('waits a whole number of milliseconds within the cap and the backoff, and leaves time for the attempt to count', () => {
    fc.assert(
      fc.property(attempt, time, limits, random, (attempt, time, limits, random) => {
        const plan = planRetry(attempt, time, limits, random);
        if ('giveUp' in plan) return;
        const asked = time.retryAfterMs ?? 0;
        expect(Number.isInteger(plan.delayMs)).toBe(true);
        expect(plan.delayMs).toBeGreaterThanOrEqual(0);
        expect(plan.delayMs).toBeLessThanOrEqual(Math.max(limits.backoffCapMs, asked));
        expect(plan.delayMs).toBeLessThanOrEqual(Math.max(limits.backoffBaseMs * 2 ** (attempt - 1), asked));
        expect(plan.delayMs).toBeLessThanOrEqual(time.untilDeadlineMs - time.lastTryMs);
      }),
      { numRuns: 2000 },
    );
  });

  it('is to give up for want of attempts exactly where the last one has been made', () => {
    fc.assert(
      fc.property(attempt, time, limits, random, (attempt, time, limits, random) => {
        const plan = planRetry(attempt, time, limits, random);
        expect('giveUp' in plan && plan.giveUp === 'attempts').toBe(attempt >= limits.maxAttempts);
      }),
      { numRuns: 2000 },
    );
  });

  it('is to give up for the deadline exactly where no attempt can count any more', () => {
    fc.assert(
      fc.property(time, limits, random, (time, limits, random) => {
        fc.pre(limits.maxAttempts > 1);
        const plan = planRetry(1, time, limits, random);
        expect('giveUp' in plan && plan.giveUp === 'deadline').toBe(time.untilDeadlineMs <= time.lastTryMs);
      }),
    );
  });

  it('waits as long as SignalWire asks for, and no longer than until the last moment that counts', () => {
    const asked = (retryAfterMs: number) => planRetry(1, { ...MUCH_TIME, retryAfterMs }, LIMITS, 0.5);
    expect(asked(0)).toEqual({ delayMs: 125 });
    expect(asked(7000)).toEqual({ delayMs: 7000 });
    const short = { untilDeadlineMs: 5000, lastTryMs: 1000, retryAfterMs: 7000 };
    expect(planRetry(1, short, LIMITS, 0.5)).toEqual({ delayMs: 4000 });
  });

  it('is the cap after so many attempts that the backoff is beyond all numbers', () => {
    const endless = { ...LIMITS, maxAttempts: Infinity };
    for (const attempt of [1024, 1025, 5000, 2 ** 31]) {
      expect(planRetry(attempt, MUCH_TIME, endless, 0.5)).toEqual({ delayMs: 4000 });
      expect(planRetry(attempt, MUCH_TIME, endless, 0)).toEqual({ delayMs: 0 });
    }
  });

  it('differs from one cancellation to the next, so that those that failed together do not return together', () => {
    const plans = Array.from({ length: 100 }, () => planRetry(6, MUCH_TIME, LIMITS));
    expect(new Set(plans.map((plan) => JSON.stringify(plan))).size).toBeGreaterThan(50);
  });
});

describe('the last attempt', () => {
  it('starts a second before the deadline, sooner where there is little time in all', () => {
    expect(lastTryMs(60_000)).toBe(1000);
    expect(lastTryMs(4000)).toBe(1000);
    expect(lastTryMs(1000)).toBe(250);
  });
});
