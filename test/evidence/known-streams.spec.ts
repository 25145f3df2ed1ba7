import { describe, expect, it } from 'vitest';
import { eventTime, latestEventTime } from '../../src/evidence/known-streams.js';

const NOW = Date.UTC(2026, 10, 22, 12);

describe('the time of an event', () => {
  it.each([
    ['2026-11-22T11:59:58.500Z', NOW - 1500],
    ['2026-11-22T12:59:58+01:00', NOW - 2000],
    ['2026-11-22T12:00:59Z', NOW + 59_000],
  ])('is what its timestamp says: %s', (timestamp, at) => {
    expect(eventTime(timestamp, NOW)).toBe(at);
  });

  it.each([
    null,
    '',
    'yesterday',
    '1790000000000',
    '2026-11-22',
    '2026-99-22T11:59:58Z',
    '2026-11-20T12:00:00Z',
    '2026-11-22T12:01:01Z',
    '2026-11-22T11:59:58.500Z'.padEnd(80, '0'),
  ])('is now where that is no good: %j', (timestamp) => {
    expect(eventTime(timestamp, NOW)).toBe(NOW);
  });
});

describe('the latest moment of an event that is told now', () => {
  it.each([
    ['allows for clocks that differ, and for whole seconds', '2026-11-22T11:59:50Z', NOW - 9000],
    ['is not to come', '2026-11-22T12:00:00.100Z', NOW],
    ['is not to come, however far ahead its clock is', '2026-11-22T12:00:59Z', NOW],
    ['is now where nobody knows', null, NOW],
  ])('%s', (_, timestamp, at) => {
    expect(latestEventTime(timestamp, NOW)).toBe(at);
  });
});
