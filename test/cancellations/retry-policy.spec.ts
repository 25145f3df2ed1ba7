import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRetry } from '../../src/cancellations/retry-policy.js';
import type { RetryLimits } from '../../src/cancellations/retry-policy.js';

const DAY_MS = 86_400_000;
const LIMITS: RetryLimits = { maxAttempts: 8, backoffBaseMs: 250, backoffCapMs: 8000 };
/** The largest number below 1: the longest wait that chance can give. */
const ALMOST_ONE = 1 - Number.EPSILON / 2;

const limits: fc.Arbitrary<RetryLimits> = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 100 }),
  backoffBaseMs: fc.integer({ min: 1, max: DAY_MS }),
  backoffCapMs: fc.integer({ min: 1, max: DAY_MS }),
});
const attempt = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2 ** 31 }));
const msLeft = fc.integer({ min: -DAY_MS, max: DAY_MS });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the plan after a failed attempt', () => {
  it.each([
    { attempt: 1, ceiling: 250 },
    { attempt: 2, ceiling: 500 },
    { attempt: 3, ceiling: 1000 },
    { attempt: 6, ceiling: 8000 },
    { attempt: 7, ceiling: 8000 },
  ])('waits from 0 to $ceiling ms after attempt $attempt', ({ attempt, ceiling }) => {
    expect(planRetry(attempt, DAY_MS, LIMITS, 0)).toEqual({ delayMs: 0 });
    expect(planRetry(attempt, DAY_MS, LIMITS, 0.5)).toEqual({ delayMs: ceiling / 2 });
    const { delayMs } = planRetry(attempt, DAY_MS, LIMITS, ALMOST_ONE) as { delayMs: number };
    expect(delayMs).toBeGreaterThan(ceiling - 2);
    expect(delayMs).toBeLessThanOrEqual(ceiling);
  });

  it('waits a whole number of milliseconds within the cap, the backoff and the deadline', () => {
    fc.assert(
      fc.property(attempt, msLeft, limits, random, (attempt, msLeft, limits, random) => {
        const plan = planRetry(attempt, msLeft, limits, random);
        if ('giveUp' in plan) return;
        expect(Number.isInteger(plan.delayMs)).toBe(true);
        expect(plan.delayMs).toBeGreaterThanOrEqual(0);
        expect(plan.delayMs).toBeLessThanOrEqual(limits.backoffCapMs);
        expect(plan.delayMs).toBeLessThanOrEqual(limits.backoffBaseMs * 2 ** (attempt - 1));
        expect(plan.delayMs).toBeLessThan(msLeft);
      }),
      { numRuns: 2000 },
    );
  });

  it('is to give up for want of attempts exactly where the last one has been made', () => {
    fc.assert(
      fc.property(attempt, msLeft, limits, random, (attempt, msLeft, limits, random) => {
        const plan = planRetry(attempt, msLeft, limits, random);
        expect('giveUp' in plan && plan.giveUp === 'attempts').toBe(attempt >= limits.maxAttempts);
      }),
      { numRuns: 2000 },
    );
  });

  it('is to give up for the deadline once it has passed', () => {
    fc.assert(
      fc.property(fc.integer({ min: -DAY_MS, max: 0 }), limits, random, (msLeft, limits, random) => {
        fc.pre(limits.maxAttempts > 1);
        expect(planRetry(1, msLeft, limits, random)).toEqual({ giveUp: 'deadline' });
      }),
    );
  });

  it('is another attempt as long as the deadline has not passed, however long the backoff has become', () => {
    fc.assert(
      fc.property(
        attempt,
        fc.integer({ min: 1, max: DAY_MS }),
        limits,
        random,
        (attempt, msLeft, limits, random) => {
          fc.pre(attempt < limits.maxAttempts);
          expect(planRetry(attempt, msLeft, limits, random)).toHaveProperty('delayMs');
        },
      ),
      { examples: [[7, 1000, LIMITS, 0.5]] },
    );
  });

  it('is the cap after so many attempts that the backoff is beyond all numbers', () => {
    const endless = { ...LIMITS, maxAttempts: Infinity };
    for (const attempt of [1024, 1025, 5000, 2 ** 31]) {
      expect(planRetry(attempt, DAY_MS, endless, 0.5)).toEqual({ delayMs: 4000 });
      expect(planRetry(attempt, DAY_MS, endless, 0)).toEqual({ delayMs: 0 });
    }
  });

  it('differs from one cancellation to the next, so that those that failed together do not return together', () => {
    const plans = Array.from({ length: 100 }, () => planRetry(6, DAY_MS, LIMITS));
    expect(new Set(plans.map((plan) => JSON.stringify(plan))).size).toBeGreaterThan(50);
  });
});
