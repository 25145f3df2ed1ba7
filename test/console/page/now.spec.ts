import { describe, expect, it } from 'vitest';

const load = async <T>(module: string): Promise<T> =>
  (await import(new URL(`../../../src/console/page/${module}`, import.meta.url).href)) as T;

const { missingScope, withoutRequests } = await load<{
  missingScope: (advice: string, may: (scope: string) => boolean) => string | undefined;
  withoutRequests: (advice: string) => string;
}>('now/remedies.js');
const { nextTry } = await load<{ nextTry: (at: string, waiting: number, now: number) => string }>(
  'now/projects.js',
);
const { pausedOf, pauseNote } = await load<{
  pausedOf: (queue: object) => string[];
  pauseNote: (queue: object, meant?: string[]) => string;
}>('pauses.js');
const { retryNotes } = await load<{ retryNotes: (items: object[], more: string) => string[] }>(
  'list/reasons.js',
);
const { adviceOn } = await load<{ adviceOn: (problem: object, isAction: boolean) => Promise<string> }>(
  'api.js',
);
const { lineOf, logarithmic, placesOf } = await load<{
  logarithmic: (top: number) => { label: string; share: (ms: number) => number };
  lineOf: (x: number[], y: (number | null)[], apartMost: number) => string;
  placesOf: (samples: object[], now: number) => number[];
}>('now/charts.js');
const paused = (project: string, since: string) => ({ project, state: 'paused', since });

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
  const ADVICE =
    'Correct it, and have it checked (GET /setup). Then resume (POST /queue/resume with it); wait (a bit)';

  it('leaves out the HTTP requests, for which the page has buttons', () => {
    expect(withoutRequests(ADVICE)).toBe('Correct it, and have it checked. Then resume; wait (a bit)');
  });

  it.each([
    [ADVICE, ['read', 'operate'], undefined],
    [ADVICE, ['read', 'cancel'], 'operate'],
    ['Retry them (POST /cancellations/retry).', ['read'], 'cancel'],
    ['Look (GET /cancellations?status=succeeded).', ['read'], undefined],
  ])('"%s" for a key with %j needs the scope %s', (advice, scopes, missing) => {
    expect(missingScope(advice, (scope) => scopes.includes(scope))).toBe(missing);
  });
});

describe('the next try of a project', () => {
  it.each([
    [20, 3, 'in 20 s'],
    [20, 0, 'in 20 s'],
    [-240, 3, 'now'],
    [-240, 0, 'with the next cancellation'],
  ])('due in %i s, with %i held back, is %s', (seconds, waiting, text) => {
    expect(nextTry(new Date(NOW + seconds * 1000).toISOString(), waiting, NOW)).toBe(text);
  });
});

describe('a pause', () => {
  const PAUSED_AT = '2026-01-31T10:00:00.000Z';
  const EARLIER = '2026-01-31T09:00:00.000Z';
  const ALONE = [paused('billing', EARLIER), { project: 'fraud', state: 'throttled', since: PAUSED_AT }];
  const ALL = [paused('billing', EARLIER), paused('fraud', PAUSED_AT)];
  const MEANS = ': cancellations wait until it is resumed, and expire if their deadline comes first.';

  it.each([
    ['nothing else', null, ALONE],
    ['everything, later', PAUSED_AT, ALL],
    ['everything, by BullMQ itself', null, ALONE],
  ])('of a project is told apart from that of %s', (_, pausedAt, projects) => {
    expect(pausedOf({ pausedAt, projects })).toEqual(['billing']);
  });

  it.each([
    [false, ['billing', 'fraud'], `Sending is paused for billing${MEANS}`],
    [false, undefined, `Sending is paused for billing${MEANS}`],
    [false, ['fraud'], ''],
    [true, ['fraud'], `All sending is paused${MEANS}`],
  ])('is explained only where one is meant: everything is paused %s, %j', (isAll, meant, note) => {
    const queue = isAll
      ? { paused: true, pausedAt: PAUSED_AT, projects: ALL }
      : { paused: false, pausedAt: null, projects: ALONE };
    expect(pauseNote(queue, meant)).toBe(note);
  });
});

const failed = (code: string, deadlineMs: number) => ({ failure: { code }, deadlineMs });

describe('what to know before a retry', () => {
  it('is what cannot succeed, and how long the deadlines are', () => {
    const items = [
      failed('timeout', 60_000),
      failed('call_not_found', 8000),
      failed('call_not_found', 8000),
      { failure: null, deadlineMs: 30_000 },
    ];
    expect(retryNotes(items, '+')).toEqual([
      '2+ SignalWire knows no such call. A retry probably fails, too.',
      'Each keeps the length of its deadline: 8 to 60 s.',
    ]);
    expect(retryNotes([failed('timeout', 8000)], '')).toEqual([
      'Each keeps the length of its deadline: 8 s.',
    ]);
    expect(retryNotes([], '')).toEqual([]);
  });
});

describe('what to do while the service or Redis is away', () => {
  it.each(['unreachable', 'queue_unavailable'])('is something else after an action: %s', async (code) => {
    expect(await adviceOn({ code }, false)).toMatch(/The page tries again by itself\.$/);
    expect(await adviceOn({ code }, true)).toMatch(
      /\. Nothing is known to have changed\. Press again once the service is back\.$/,
    );
  });
});
