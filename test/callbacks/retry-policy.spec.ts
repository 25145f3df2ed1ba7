import { describe, expect, it } from 'vitest';
import { placeWaitMs, waitMs } from '../../src/callbacks/retry-policy.js';

const SECOND = 1000;
const HOUR = 3_600_000;
const LAST = 1 - Number.EPSILON;

describe('the wait before the next attempt', () => {
  it.each([
    [1, 5 * SECOND, 10 * SECOND],
    [2, 10 * SECOND, 20 * SECOND],
    [6, 160 * SECOND, 320 * SECOND],
    [12, 10_240 * SECOND, 20_480 * SECOND],
    [13, 3 * HOUR, 6 * HOUR],
    [500, 3 * HOUR, 6 * HOUR],
  ])('after attempt %i is from %i to %i ms', (attempts, shortest, longest) => {
    expect(waitMs({ attempts, forMs: 0 }, null, 0)).toBe(shortest);
    expect(waitMs({ attempts, forMs: 0 }, null, LAST)).toBe(longest);
  });

  it.each([
    ['makes it longer', 900 * SECOND, 900 * SECOND],
    ['does not make it shorter', SECOND, 5 * SECOND],
    ['counts up to six hours', 24 * HOUR, 6 * HOUR],
  ])('Retry-After %s', (_, retryAfterMs, expected) => {
    expect(waitMs({ attempts: 1, forMs: 0 }, retryAfterMs, 0)).toBe(expected);
  });

  it.each([
    ['puts the last attempt at the end of the day', 23 * HOUR, HOUR],
    ['leaves the shortest wait to the end of the day', 24 * HOUR - 5 * SECOND, 5 * SECOND],
    ['ends when less than that is left', 24 * HOUR - 4999, null],
    ['ends after the day', 30 * HOUR, null],
  ])('%s', (_, forMs, expected) => {
    expect(waitMs({ attempts: 15, forMs }, null, LAST)).toBe(expected);
  });

  it('leads to some 15 attempts within a day', () => {
    let forMs = 0;
    let attempts = 1;
    for (;;) {
      const next = waitMs({ attempts, forMs }, null, 0.5);
      if (next === null) break;
      forMs += next;
      attempts += 1;
    }
    expect(forMs).toBe(24 * HOUR);
    expect(attempts).toBe(17);
  });
});

describe('the wait for a place at a busy host', () => {
  it('is from half a minute to a minute', () => {
    expect(placeWaitMs(0)).toBe(30_000);
    expect(placeWaitMs(LAST)).toBe(60_000);
  });
});
