import { describe, expect, it } from 'vitest';
import { lastIntervalEnd, sampleOf } from '../../../src/operations/history/sample.js';
import type { EndedJobs } from '../../../src/queue/finished/ended-jobs.js';

const DEPTH = {
  counts: { waiting: 3, prioritized: 2, active: 4, delayed: 6, completed: 70, failed: 8 },
  oldestReadyAgeMs: 120,
};

const endedAs = (fields: Partial<EndedJobs>): EndedJobs => ({
  succeeded: 0,
  timesToStop: { count: 0, someMs: [] },
  failedFor: new Map(),
  ...fields,
});

const failedFor = (counts: Record<string, number>) =>
  sampleOf(0, DEPTH, endedAs({ failedFor: new Map(Object.entries(counts)) }));

describe('a sample', () => {
  it.each([
    [1_000_000_000_000, 1_000_000_000_000],
    [1_000_000_009_999, 1_000_000_000_000],
    [1_000_000_010_000, 1_000_000_010_000],
  ])('is of the last whole interval: at %i, of the one that ended at %i', (now, at) => {
    expect(lastIntervalEnd(now)).toBe(at);
  });

  it('counts what is ready, with and without a priority, as waiting', () => {
    expect(sampleOf(7, DEPTH, endedAs({ succeeded: 5 }))).toEqual({
      at: 7,
      waiting: 5,
      delayed: 6,
      active: 4,
      oldestReadyAgeMs: 120,
      outcomes: { succeeded: 5, failed: 0, expired: 0, withdrawn: 0 },
      timeToStop: { count: 0, late: 0, p50Ms: null, p75Ms: null, p90Ms: null, p95Ms: null, p99Ms: null },
      reasons: [],
    });
  });

  it.each([
    [[40], [40, 40, 40, 40, 40]],
    [
      [40, 20],
      [20, 40, 40, 40, 40],
    ],
    [
      [30, 10, 20],
      [20, 30, 30, 30, 30],
    ],
    [Array.from({ length: 100 }, (_, n) => n + 1), [50, 75, 90, 95, 99]],
    [Array.from({ length: 200 }, (_, n) => 200 - n), [100, 150, 180, 190, 198]],
  ])('has the times that 50, 75, 90, 95 and 99 %% did not exceed: %#', (someMs, times) => {
    const ended = endedAs({ timesToStop: { count: 1000, someMs } });
    const { count, p50Ms, p75Ms, p90Ms, p95Ms, p99Ms } = sampleOf(0, DEPTH, ended).timeToStop;
    expect([count, p50Ms, p75Ms, p90Ms, p95Ms, p99Ms]).toEqual([1000, ...times]);
  });

  it('counts those that took longer than 1 s, also for those that were not looked at', () => {
    const ended = endedAs({ timesToStop: { count: 400, someMs: [40, 1000, 1001, 30_000] } });
    expect(sampleOf(0, DEPTH, ended).timeToStop.late).toBe(200);
  });

  it.each([
    ['failed: no evidence followed the only attempt (not_confirmed)', 'failed', 'not_confirmed'],
    [
      'expired: SignalWire answered 503 to the last of 5 attempts (provider_error)',
      'expired',
      'provider_error',
    ],
    ['expired: it was never sent, because an operator had paused its project (none)', 'expired', 'none'],
    ['job stalled more than allowable limit', 'failed', 'poisoned'],
  ])('counts "%s" as %s, because of %s', (text, status, code) => {
    const { outcomes, reasons } = failedFor({ [text]: 4 });
    expect(outcomes).toEqual({ succeeded: 0, failed: 0, expired: 0, withdrawn: 0, [status]: 4 });
    expect(reasons).toEqual([[code, 4]]);
  });

  it('gives no reason for what was withdrawn', () => {
    const { outcomes, reasons } = failedFor({ withdrawn: 2 });
    expect(outcomes).toMatchObject({ withdrawn: 2, failed: 0, expired: 0 });
    expect(reasons).toEqual([]);
  });

  it('counts by code, whatever the number of attempts', () => {
    const { reasons } = failedFor({
      'failed: no evidence followed the only attempt (not_confirmed)': 1,
      'expired: SignalWire answered 503 to the last of 5 attempts (provider_error)': 3,
      'expired: SignalWire answered 500 to the only attempt (provider_error)': 2,
    });
    expect(reasons).toEqual([
      ['not_confirmed', 1],
      ['provider_error', 5],
    ]);
  });
});
