import { afterEach, describe, expect, it, vi } from 'vitest';

const load = async <T>(module: string): Promise<T> =>
  (await import(new URL(`../../../src/console/page/${module}`, import.meta.url).href)) as T;

const { withoutRequests } = await load<{ withoutRequests: (advice: string) => string }>('now/remedies.js');
const { lineOf, logarithmic, placesOf } = await load<{
  logarithmic: (top: number) => { label: string; share: (ms: number) => number };
  lineOf: (x: number[], y: (number | null)[], apartMost: number) => string;
  placesOf: (samples: object[], now: number) => number[];
}>('now/charts.js');
const { earliest } = await load<{
  earliest: (act: () => void) => { doIn: (ms: number) => void; doNow: () => void; stopForGood: () => void };
}>('live.js');

const NOW = Date.parse('2026-01-31T10:00:00.000Z');
const sampleAt = (secondsAgo: number) => ({ at: new Date(NOW - secondsAgo * 1000).toISOString() });

describe('a chart', () => {
  it('shows samples where their time is, and nothing at the right when none has come lately', () => {
    expect(placesOf([sampleAt(900), sampleAt(300)], NOW)).toEqual([0, 600]);
  });

  it('ends with the last sample in a browser whose clock is behind', () => {
    expect(placesOf([sampleAt(10), sampleAt(0)], NOW - 60_000)).toEqual([890, 900]);
  });

  it.each([
    [[0, 10, 20], [1, 2, 3], 'M0.0 1.0L10.0 2.0L20.0 3.0'],
    [[0, 10, 40], [1, 2, 3], 'M0.0 1.0L10.0 2.0M40.0 3.0m-4 0h8m-4-3v6'],
    [[0, 10, 20], [1, null, 3], 'M0.0 1.0m-4 0h8m-4-3v6M20.0 3.0m-4 0h8m-4-3v6'],
  ])('has no line where samples are missing, and a cross where one is alone: %j, %j', (x, y, path) => {
    expect(lineOf(x, y, 15)).toBe(path);
  });
});

describe('the chart of times', () => {
  it.each([
    [85, 'logarithmic, 10 ms to 1000 ms', [0, 0, 0.5, 1]],
    [100_000, 'logarithmic, 10 ms to 100 s', [0, 0, 0.25, 0.5]],
  ])('says that it is logarithmic, and shows short times beside a peak of %i ms', (top, label, shares) => {
    const scale = logarithmic(top);
    expect(scale.label).toBe(label);
    expect([1, 10, 100, 1000].map((ms) => Math.round(scale.share(ms) * 100) / 100)).toEqual(shares);
  });
});

describe('the advice', () => {
  it('leaves out the HTTP requests, for which the page has buttons', () => {
    const advice =
      'Correct it, and have it checked (GET /setup). Then resume (POST /queue/resume with it); wait (a bit)';
    expect(withoutRequests(advice)).toBe('Correct it, and have it checked. Then resume; wait (a bit)');
  });
});

describe('what is read again soon after a change', () => {
  afterEach(() => void vi.useRealTimers());

  it('is read although changes do not stop coming', () => {
    vi.useFakeTimers();
    const read = vi.fn<() => void>();
    const { doIn } = earliest(read);
    doIn(30_000);
    for (let changes = 0; changes < 10; changes += 1) {
      doIn(2000);
      vi.advanceTimersByTime(500);
    }
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('is not read any more once the view is closed', () => {
    vi.useFakeTimers();
    const read = vi.fn<() => void>();
    const { doIn, doNow, stopForGood } = earliest(read);
    doNow();
    doIn(2000);
    stopForGood();
    doIn(1000);
    vi.advanceTimersByTime(10_000);
    expect(read).toHaveBeenCalledTimes(1);
  });
});
