import { describe, expect, it } from 'vitest';
import { eventTime, latestEventTime } from '../../src/evidence/known-streams.js';

const NOW = Date.UTC(2026, 10, 22, 12);

describe('the time of an event', () => {
  it.each([
    ['2026-11-22T11:59:58.500Z', NOW - 1500],
    ['2026-11-22T12:59:58+01:00', NOW - 2000],
    ['2026-11-21T12:00:00Z', NOW - 86_400_000],
    ['2026-11-22T12:05:00Z', NOW + 300_000],
  ])('is its timestamp: %s', (timestamp, at) => {
    expect(eventTime(timestamp, NOW)).toBe(at);
  });

  it.each([
    null,
    '',
    'yesterday',
    '1790000000000',
    '2026-11-22',
    '2026-99-22T11:59:58Z',
    '2026-11-22T11:59:58.500Z'.padEnd(80, '0'),
  ])('is now if the timestamp is invalid: %j', (timestamp) => {
    expect(eventTime(timestamp, NOW)).toBe(NOW);
  });

  it.each(['2026-11-21T11:59:59Z', '2026-11-20T12:00:00Z', '2026-11-22T12:05:01Z'])(
    'is unknown if the timestamp is of another time: %s',
    (timestamp) => {
      expect(eventTime(timestamp, NOW)).toBeNull();
    },
  );
});

describe('the latest time of an event reported now', () => {
  it.each([
    ['allows for differing clocks and whole seconds', NOW - 50_000, NOW - 20_000],
    ['is never in the future', NOW - 29_000, NOW],
    ['is never in the future, however far ahead the clock is', NOW + 300_000, NOW],
  ])('%s', (_, at, latest) => {
    expect(latestEventTime(at, NOW)).toBe(latest);
  });
});
