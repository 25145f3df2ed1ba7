import { describe, expect, it } from 'vitest';
import { conditionOf } from '../../../src/operations/condition/condition.js';
import type { Observed } from '../../../src/operations/condition/observed.js';
import type { Sample } from '../../../src/operations/history/sample.js';

const NOW = Date.parse('2026-11-29T15:45:00Z');
const SINCE = '2026-11-29T15:31:24.319Z';

const NO_COUNTS = { waiting: 0, prioritized: 0, active: 0, delayed: 0, completed: 0, failed: 0 };
const NOTHING_ENDED = { succeeded: 0, failed: 0, expired: 0, withdrawn: 0 };
const NO_TIMES = { count: 0, late: 0, p50Ms: null, p75Ms: null, p90Ms: null, p95Ms: null, p99Ms: null };

const sample = (fields: Partial<Sample> = {}): Sample => ({
  at: NOW - 1000,
  waiting: 0,
  delayed: 0,
  active: 0,
  oldestReadyAgeMs: null,
  outcomes: NOTHING_ENDED,
  timeToStop: NO_TIMES,
  reasons: [],
  ...fields,
});

const project = (fields: Partial<Observed['projects'][number]> = {}): Observed['projects'][number] => ({
  project: 'billing',
  state: 'working',
  since: null,
  waiting: 0,
  pausedBy: null,
  ...fields,
});
const inTrouble = (state: Observed['projects'][number]['state'], waiting = 12, name = 'billing') =>
  project({ project: name, state, since: SINCE, waiting });
const FRAUD = project({ project: 'fraud' });

const WORKER = { id: 'host:1:aaaa', idleForS: 0 };
const WEDGED = { id: 'host:2:bbbb', idleForS: 14 };
const NO_WORKER = { workers: [], connectedWorkers: 0, hasWorkerSign: false };

const throughputOf = (ended: number) => ({
  lastMinute: { succeeded: 0, failed: 0 },
  lastFiveMinutes: { succeeded: ended, failed: 0 },
});

/** A sound deployment in which nothing has happened yet, but for `fields`. */
const observed = (fields: Partial<Observed> = {}): Observed => ({
  counts: NO_COUNTS,
  oldestReadyAgeMs: null,
  paused: false,
  pausedAt: null,
  pausedBy: null,
  projects: [project()],
  hiddenProjects: [],
  workers: [WORKER],
  connectedWorkers: 1,
  hasWorkerSign: true,
  signs: new Map(),
  redis: { refusal: null, risk: null },
  samples: [],
  now: NOW,
  succeeded: 0,
  throughput: throughputOf(0),
  pendingCallbacks: 0,
  ...fields,
});

/** @param times that 50, 75, 90, 95 and 99 % did not exceed; the last of them stands for those that are not given */
const stopped = (count: number, times: readonly number[], fields: Partial<Sample> = {}): Sample => {
  const each = [0, 1, 2, 3, 4].map((at) => times[at] ?? times.at(-1) ?? 0);
  const [p50Ms, p75Ms, p90Ms, p95Ms, p99Ms] = each;
  const inTime = [0.5, 0.75, 0.9, 0.95, 0.99].findLast((_, index) => (each[index] ?? 0) <= 1000) ?? 0;
  const late = p99Ms !== undefined && p99Ms <= 1000 ? 0 : count - Math.ceil(count * inTime);
  return sample({
    outcomes: { ...NOTHING_ENDED, succeeded: count },
    timeToStop: { count, late, p50Ms, p75Ms, p90Ms, p95Ms, p99Ms } as Sample['timeToStop'],
    ...fields,
  });
};
/** In the same interval as some that stopped. */
const andFailed = (succeeded: number, failed: number): Partial<Sample> => ({
  outcomes: { ...NOTHING_ENDED, succeeded, failed },
  reasons: [['call_not_found', failed]],
});
const ended = (succeeded: number, failed: number, fields: Partial<Sample> = {}): Sample =>
  sample({
    outcomes: { ...NOTHING_ENDED, succeeded, failed },
    reasons: [['not_confirmed', failed]],
    ...fields,
  });
const waiting = (count: number) => ({ ...NO_COUNTS, waiting: count });

describe('the condition of a queue that is well', () => {
  it.each<[does: string, fields: Partial<Observed>, message: string]>([
    ['has seen nothing yet', {}, 'Nothing was stopped in the last 15 minutes; nothing is waiting'],
    [
      'has samples in which nothing happened',
      { samples: [sample(), sample()] },
      'Nothing was stopped in the last 15 minutes; nothing is waiting',
    ],
    [
      'has succeeded since the last sample',
      { succeeded: 3 },
      '3 succeeded in the last 15 minutes, and no time to stop is known of the last 5 minutes; nothing is waiting',
    ],
    [
      'says how soon stops reach their calls',
      { samples: [stopped(1000, [40, 80])], succeeded: 1000 },
      'Stops reach their calls: 95 % of 1,000 within 80 ms in the last 5 minutes; nothing is waiting',
    ],
    [
      'is not judged by few slow ones',
      { samples: [stopped(1000, [40, 80]), stopped(2, [3000, 3100])], succeeded: 1002 },
      'Stops reach their calls: 95 % of 1,002 within 80 ms in the last 5 minutes; nothing is waiting',
    ],
    [
      'is not judged by the slowest of each interval',
      { samples: Array.from({ length: 20 }, () => stopped(20, [40, 50, 60, 70, 5000])), succeeded: 400 },
      'Stops reach their calls: 95 % of 400 within 70 ms in the last 5 minutes; nothing is waiting',
    ],
    [
      'had a slow interval more than five minutes ago',
      {
        samples: [stopped(900, [30_000, 59_000], { at: NOW - 300_000 }), stopped(10, [40, 85])],
        succeeded: 910,
      },
      'Stops reach their calls: all 10 within 85 ms in the last 5 minutes; nothing is waiting',
    ],
    [
      'claims only what the samples show',
      { samples: [stopped(900, [40, 80]), stopped(100, [200, 900])], succeeded: 1000 },
      'Stops reach their calls: 95 % of 1,000 within 900 ms in the last 5 minutes; nothing is waiting',
    ],
    [
      'has one that waits',
      { samples: [stopped(1, [1000])], succeeded: 1, counts: { ...NO_COUNTS, delayed: 1 } },
      'Stops reach their calls: the only one within 1 s in the last 5 minutes; 1 is waiting',
    ],
    [
      'has some that wait, for a short time',
      {
        counts: { ...NO_COUNTS, waiting: 1000, prioritized: 200, delayed: 40, active: 9 },
        oldestReadyAgeMs: 4999,
      },
      'Nothing was stopped in the last 15 minutes; 1,240 are waiting',
    ],
    [
      'has few failures, which it does not hide',
      { samples: [stopped(40, [40, 80], andFailed(40, 2))], succeeded: 40 },
      'Stops reach their calls: 95 % of 40 within 80 ms in the last 5 minutes; 2 of 42 failed or expired in the last 5 minutes, including any retried since; nothing is waiting',
    ],
    [
      'has many failures among very many',
      { samples: [stopped(1000, [40, 80], andFailed(1000, 100))], succeeded: 1000 },
      'Stops reach their calls: 95 % of 1,000 within 80 ms in the last 5 minutes; 100 of 1,100 failed or expired in the last 5 minutes, including any retried since; nothing is waiting',
    ],
    [
      'had failures more than five minutes ago',
      { samples: [ended(0, 50, { at: NOW - 300_000 }), stopped(50, [40, 80])], succeeded: 50 },
      'Stops reach their calls: 95 % of 50 within 80 ms in the last 5 minutes; nothing is waiting',
    ],
    [
      'had one that expired',
      {
        samples: [sample({ outcomes: { ...NOTHING_ENDED, expired: 1 } }), stopped(10, [40, 80])],
        succeeded: 10,
      },
      'Stops reach their calls: all 10 within 80 ms in the last 5 minutes; 1 of 11 failed or expired in the last 5 minutes, including any retried since; nothing is waiting',
    ],
    [
      'had one that failed, and has succeeded since the last sample',
      { samples: [ended(0, 1)], succeeded: 1 },
      '1 succeeded in the last 15 minutes, and no time to stop is known of the last 5 minutes; 1 of 1 failed or expired in the last 5 minutes, including any retried since; nothing is waiting',
    ],
    [
      'has workers of an earlier version, which give a sign and no report',
      { workers: [] },
      'Nothing was stopped in the last 15 minutes; nothing is waiting',
    ],
    [
      'has a worker that starts, and has given no sign yet',
      { hasWorkerSign: false },
      'Nothing was stopped in the last 15 minutes; nothing is waiting',
    ],
    [
      'has a worker that is late',
      { workers: [{ ...WORKER, idleForS: 12 }] },
      'Nothing was stopped in the last 15 minutes; nothing is waiting',
    ],
    [
      'has one call whose document was not fetched',
      { signs: new Map([['billing', { failedCalls: 0, unfetchedCalls: 1 }]]) },
      'Nothing was stopped in the last 15 minutes; nothing is waiting',
    ],
    [
      'has trouble with a project that whoever asks may not know',
      { hiddenProjects: [FRAUD], signs: new Map([['fraud', { failedCalls: 4, unfetchedCalls: 2 }]]) },
      'Nothing is known to be wrong with your projects; nothing is waiting',
    ],
    [
      'has failures and a backlog because of a project that whoever asks may not know',
      {
        hiddenProjects: [inTrouble('unauthorized', 9, 'fraud')],
        samples: [ended(1, 9)],
        succeeded: 1,
        counts: waiting(9),
        oldestReadyAgeMs: 60_000,
      },
      'Nothing is known to be wrong with your projects; 9 are waiting',
    ],
    [
      'has callbacks that are on their way',
      { pendingCallbacks: 99 },
      'Nothing was stopped in the last 15 minutes; nothing is waiting',
    ],
    [
      'has many callbacks because many have ended',
      { pendingCallbacks: 500, throughput: throughputOf(500) },
      'Nothing was stopped in the last 15 minutes; nothing is waiting',
    ],
  ])('%s', (_, fields, message) => {
    expect(conditionOf(observed(fields))).toEqual({ level: 'ok', message, advice: null });
  });

  it('passes on a risk that somebody has accepted as advice', () => {
    const redis = { refusal: null, risk: { isAccepted: true, message: 'Redis keeps nothing on disk' } };
    expect(conditionOf(observed({ redis }))).toMatchObject({
      level: 'ok',
      advice: 'Redis keeps nothing on disk.',
    });
  });
});

describe('the condition of a queue in trouble names it and says what to do', () => {
  it.each<[trouble: string, fields: Partial<Observed>, level: string, message: string, advice: RegExp]>([
    [
      'Redis refuses writes',
      { redis: { refusal: 'the memory of redis:6379 is full', risk: null } },
      'failing',
      'Redis refuses what the service needs, so nothing is accepted or sent: the memory of redis:6379 is full',
      /goes on by itself/,
    ],
    [
      'Redis refuses writes, also the signs of workers',
      { redis: { refusal: 'it is full', risk: null }, workers: [], hasWorkerSign: false },
      'failing',
      'Redis refuses what the service needs, so nothing is accepted or sent: it is full',
      /goes on by itself/,
    ],
    [
      'no worker',
      { ...NO_WORKER, counts: { ...NO_COUNTS, waiting: 10, delayed: 2 } },
      'failing',
      'No worker is reporting, so nothing is sent: 12 cancellations are waiting',
      /ROLES=worker/,
    ],
    [
      'no worker, and nothing to do',
      NO_WORKER,
      'failing',
      'No worker is reporting, so nothing is sent',
      /^Start a process with ROLES=worker/,
    ],
    [
      'no worker, as far as Redis tells',
      { ...NO_WORKER, connectedWorkers: null },
      'failing',
      'No worker is reporting, so nothing is sent',
      /^Start a process with ROLES=worker/,
    ],
    [
      'the only worker is frozen',
      { ...NO_WORKER, connectedWorkers: 1, counts: waiting(1) },
      'failing',
      'No worker is reporting, so nothing is sent, although 1 is connected: 1 cancellation is waiting',
      /is frozen or cut off: restart it/,
    ],
    [
      'every worker is frozen',
      { ...NO_WORKER, connectedWorkers: 2 },
      'failing',
      'No worker is reporting, so nothing is sent, although 2 are connected',
      /is frozen or cut off: restart it/,
    ],
    [
      'the only worker is wedged',
      { workers: [WEDGED], counts: waiting(1) },
      'failing',
      'The worker (host:2:bbbb) has not asked for a job for 14 s, although nothing prevents it: 1 cancellation is waiting',
      /ends by itself/,
    ],
    [
      'one of two workers is wedged',
      { workers: [WORKER, WEDGED], counts: waiting(1) },
      'degraded',
      '1 of 2 workers (host:2:bbbb) has not asked for a job for 14 s, although nothing prevents it',
      /ends by itself/,
    ],
    [
      'an operator has paused everything',
      {
        paused: true,
        pausedAt: SINCE,
        pausedBy: 'on-call',
        projects: [inTrouble('paused')],
        counts: waiting(12),
      },
      'degraded',
      'All sending has been paused since 2026-11-29T15:31:24Z by on-call: 12 cancellations are waiting',
      /POST \/queue\/resume/,
    ],
    [
      'everything is paused, and nobody knows by whom',
      { paused: true },
      'degraded',
      'All sending is paused',
      /POST \/queue\/resume/,
    ],
    [
      'an operator has paused one project',
      { projects: [{ ...inTrouble('paused'), pausedBy: 'on-call' }, FRAUD] },
      'degraded',
      'Sending has been paused for billing since 2026-11-29T15:31:24Z by on-call: 12 cancellations are waiting',
      /POST \/queue\/resume with the project/,
    ],
    [
      'wrong credentials of the only project',
      { projects: [inTrouble('unauthorized')] },
      'failing',
      'SignalWire has refused the credentials of billing since 2026-11-29T15:31:24Z: 12 cancellations are waiting',
      /scope Voice/,
    ],
    [
      'wrong credentials of one of two projects',
      { projects: [inTrouble('unauthorized', 1), FRAUD] },
      'degraded',
      'SignalWire has refused the credentials of billing since 2026-11-29T15:31:24Z: 1 cancellation is waiting',
      /scope Voice/,
    ],
    [
      'PUBLIC_URL cannot be reached',
      { projects: [inTrouble('undelivered')] },
      'failing',
      'SignalWire has not fetched the documents of billing since 2026-11-29T15:31:24Z, so nothing is sent: 12 cancellations are waiting',
      /PUBLIC_URL/,
    ],
    [
      'SignalWire is down',
      { projects: [inTrouble('unavailable')] },
      'failing',
      'SignalWire has been unavailable for billing since 2026-11-29T15:31:24Z (no connection, no answer in time, or a 5xx): 12 cancellations are waiting',
      /GET \/setup/,
    ],
    [
      'the only project is throttled',
      { projects: [inTrouble('throttled')] },
      'degraded',
      'SignalWire has throttled billing since 2026-11-29T15:31:24Z (429): 12 cancellations are waiting',
      /MAX_REQUESTS_PER_SECOND/,
    ],
    [
      'several projects are in the same trouble',
      { projects: ['a', 'b', 'c', 'd', 'e'].map((name) => inTrouble('throttled', 2, name)) },
      'degraded',
      'SignalWire has throttled a, b, c and 2 more since 2026-11-29T15:31:24Z (429): 10 cancellations are waiting',
      /MAX_REQUESTS_PER_SECOND/,
    ],
    [
      'no project works, each for a reason of its own',
      { projects: [inTrouble('unavailable', 1, 'fraud'), inTrouble('unauthorized', 2)] },
      'failing',
      'SignalWire has refused the credentials of billing since 2026-11-29T15:31:24Z: 2 cancellations are waiting. Also: SignalWire has been unavailable for fraud since 2026-11-29T15:31:24Z (no connection, no answer in time, or a 5xx): 1 cancellation is waiting',
      /scope Voice/,
    ],
    [
      'SignalWire is down, and few calls have found out yet',
      { signs: new Map([['billing', { failedCalls: 1, unfetchedCalls: 0 }]]) },
      'degraded',
      'Requests to SignalWire failed for the last call of billing, most recently within the last minute: no connection, no answer in time, a 5xx or a refusal',
      /GET \/setup/,
    ],
    [
      'SignalWire is down, and two calls have found out',
      { signs: new Map([['billing', { failedCalls: 2, unfetchedCalls: 0 }]]) },
      'degraded',
      'Requests to SignalWire failed for the last 2 calls of billing, most recently within the last minute: no connection, no answer in time, a 5xx or a refusal',
      /GET \/setup/,
    ],
    [
      'PUBLIC_URL cannot be reached, and few calls have found out yet',
      { signs: new Map([['billing', { failedCalls: 0, unfetchedCalls: 2 }]]) },
      'degraded',
      'SignalWire fetched no document of billing for the last 2 calls',
      /PUBLIC_URL/,
    ],
    [
      'many fail',
      { samples: [ended(20, 10)] },
      'degraded',
      '10 of 30 cancellations failed or expired in the last 5 minutes, including any retried since; why: SignalWire accepted it but never fetched the document (10)',
      /POST \/cancellations\/retry/,
    ],
    [
      'most fail',
      { samples: [ended(0, 2), ended(1, 2)] },
      'failing',
      '4 of 5 cancellations failed or expired in the last 5 minutes, including any retried since; why: SignalWire accepted it but never fetched the document (4)',
      /POST \/cancellations\/retry/,
    ],
    [
      'they fail for several reasons',
      {
        samples: [
          ended(0, 11, {
            reasons: [
              ['none', 1],
              ['rejected', 5],
              ['timeout', 1],
              ['unreachable', 2],
              ['poisoned', 2],
            ],
          }),
        ],
      },
      'failing',
      '11 of 11 cancellations failed or expired in the last 5 minutes, including any retried since; why: SignalWire refused it (5), SignalWire could not be reached (2), Its worker crashed three times (2), other reasons (2)',
      /POST \/cancellations\/retry/,
    ],
    [
      'many fail, and whoever asks may not know every project',
      { hiddenProjects: [FRAUD], samples: [ended(20, 10)] },
      'degraded',
      '10 of 30 cancellations failed or expired in the last 5 minutes, including any retried since',
      /POST \/cancellations\/retry/,
    ],
    [
      'the only one fails',
      { samples: [ended(0, 1)] },
      'degraded',
      'Nothing was stopped in the last 15 minutes: 1 failed or expired; why: SignalWire accepted it but never fetched the document (1)',
      /POST \/cancellations\/retry/,
    ],
    [
      'both fail, one of them long ago',
      { samples: [ended(0, 1, { at: NOW - 800_000 }), ended(0, 1)] },
      'degraded',
      'Nothing was stopped in the last 15 minutes: 2 failed or expired; why: SignalWire accepted it but never fetched the document (2)',
      /POST \/cancellations\/retry/,
    ],
    [
      'stops come late',
      { samples: [stopped(90, [40, 80]), stopped(10, [30_000, 59_000])], succeeded: 100 },
      'degraded',
      'Stops reach their calls late: 10 of 100 missed the limit of 1 s in the last 5 minutes; 95 % took up to 30 s',
      /times show what they waited for/,
    ],
    [
      'the only stop comes late',
      { samples: [stopped(1, [1100])], succeeded: 1 },
      'degraded',
      'Stops reach their calls late: the only one missed the limit of 1 s in the last 5 minutes; it took 1.1 s',
      /times show what they waited for/,
    ],
    [
      'all of few stops come late',
      { samples: [stopped(12, [30_000, 33_000])], succeeded: 12 },
      'degraded',
      'Stops reach their calls late: 12 of 12 missed the limit of 1 s in the last 5 minutes; the slowest took 33 s',
      /times show what they waited for/,
    ],
    [
      'workers do not keep up',
      { counts: waiting(1240), oldestReadyAgeMs: 5000 },
      'degraded',
      'Workers do not keep up: 1,240 cancellations are waiting for one, the first for 5 s',
      /WORKER_CONCURRENCY/,
    ],
    [
      'workers are far behind',
      { counts: waiting(9), oldestReadyAgeMs: 30_000 },
      'failing',
      'Workers do not keep up: 9 cancellations are waiting for one, the first for 30 s',
      /WORKER_CONCURRENCY/,
    ],
    [
      'callbacks pile up',
      { pendingCallbacks: 1240, throughput: throughputOf(1239) },
      'degraded',
      '1,240 callbacks are not delivered yet',
      /receivers/,
    ],
    [
      'Redis may lose jobs',
      { redis: { refusal: null, risk: { isAccepted: false, message: 'Redis may evict jobs' } } },
      'degraded',
      'Redis may evict jobs',
      /docs\/operations.md/,
    ],
  ])('%s', (_, fields, level, message, advice) => {
    expect(conditionOf(observed(fields))).toEqual({
      level,
      message,
      advice: expect.stringMatching(advice) as string,
    });
    expect(conditionOf(observed(fields)).advice).toMatch(/[^.]\.$/);
  });

  it.each<[state: Observed['projects'][number]['state'], advice: RegExp]>([
    ['unauthorized', /Then try billing now \(/],
    ['undelivered', /Then try billing now \(/],
    ['paused', /Resume billing once/],
  ])('with the words of the button that ends the state of a project that is %s', (state, advice) => {
    expect(conditionOf(observed({ projects: [inTrouble(state)] })).advice).toMatch(advice);
  });

  it('without advice to end the state of a project that still works', () => {
    const signs = new Map([['billing', { failedCalls: 0, unfetchedCalls: 2 }]]);
    expect(conditionOf(observed({ signs })).advice).toBe(
      'Check that SignalWire can reach PUBLIC_URL (GET /setup).',
    );
  });

  it.each<[trouble: string, fields: Partial<Observed>]>([
    ['a pause', { paused: true }],
    ['failures', { samples: [ended(0, 9)] }],
    ['stops that come late', { samples: [stopped(1, [1001])] }],
    ...(['unauthorized', 'undelivered', 'unavailable', 'paused'] as const).map(
      (state) => [state, { projects: [inTrouble(state)] }] as [string, Partial<Observed>],
    ),
  ])('with HTTP requests in parentheses alone, which the page leaves out: %s', (_, fields) => {
    const advice = String(conditionOf(observed(fields)).advice);
    expect(advice).toMatch(/ \((?:GET|POST) \//);
    expect(advice.replaceAll(/ \((?:GET|POST) [^)]*\)/g, '')).not.toMatch(/GET|POST|\//);
  });

  it('does not call stops late where a cause is named', () => {
    const troubled = observed({ projects: [inTrouble('throttled')], samples: [stopped(9, [5000])] });
    expect(conditionOf(troubled).message).not.toContain('late');
  });

  it('begins with what is failing, then with causes', () => {
    const troubled = observed({
      projects: [inTrouble('throttled', 0), inTrouble('paused', 0, 'fraud')],
      ...NO_WORKER,
      pendingCallbacks: 100,
      redis: { refusal: null, risk: { isAccepted: false, message: 'Redis may evict jobs' } },
    });
    const { level, message, advice } = conditionOf(troubled);
    expect(level).toBe('failing');
    expect(message.split('. Also: ')).toEqual([
      'No worker is reporting, so nothing is sent',
      'SignalWire has throttled billing since 2026-11-29T15:31:24Z (429)',
      'Sending has been paused for fraud since 2026-11-29T15:31:24Z',
      '2 more',
    ]);
    expect(advice).toContain('ROLES=worker');
  });

  it('names a cause before what follows from it, however bad that is', () => {
    const troubled = observed({
      projects: [inTrouble('undelivered'), FRAUD],
      samples: [ended(0, 9)],
      counts: waiting(9),
      oldestReadyAgeMs: 60_000,
    });
    expect(conditionOf(troubled)).toMatchObject({
      level: 'failing',
      message: expect.stringMatching(
        /^SignalWire has not fetched the documents of billing.*Also: 9 of 9 .*; why: SignalWire accepted it but never fetched the document \(9\)$/,
      ) as string,
    });
  });
});
