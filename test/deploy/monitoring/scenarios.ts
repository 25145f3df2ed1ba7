import { during, HEALTHY, objective, of, projectState, rising, risingDuring } from './series.js';
import type { AllSeries, Value } from './series.js';

/** What happens from `FROM` to `TO`, and what must be seen of it. */
export interface Scenario {
  readonly title: string;
  /** Series that differ from those of a healthy service; null removes one. */
  readonly series: AllSeries;
  /** The alerts that fire, each with its project where it has one, and no others. */
  readonly fires: readonly string[];
  /** How soon. */
  readonly withinS: number;
  /** How long after the end of the fault all is quiet. */
  readonly quietAfterS: number;
  /** When the fault ends; default `TO`. */
  readonly to?: number;
}

/** In seconds. */
export const FROM = 600;
const TO = 1200;
const FOR_LONG = 2000;
export const faultEnd = ({ to = TO }: Scenario): number => to;

const API = 'streamstop-0:3000';
const OTHER_API = 'streamstop-1:3000';
const WORKER = 'worker-0:3002';

const isFaulty = (at: number): boolean => at >= FROM && at < TO;
const value =
  (one: number): Value =>
  () =>
    one;
const absent: Value = () => null;

const healthy = (name: string): Value => HEALTHY[name] ?? absent;
const faulty = (name: string, while_: Value, to = TO): AllSeries => ({
  [name]: during((at) => at >= FROM && at < to, while_, healthy(name)),
});

/** Every series that the matcher finds. */
const all = (matches: RegExp, while_: Value, to = TO): AllSeries =>
  Object.fromEntries(
    Object.keys(HEALTHY)
      .filter((name) => matches.test(name))
      .map((name) => [name, during((at) => at >= FROM && at < to, while_, healthy(name))]),
  );

const projectIn = (state: string, project = 'billing', to = TO): AllSeries =>
  Object.assign(
    {},
    ...[API, OTHER_API].flatMap((api) => [
      faulty(projectState(api, project, 'working'), value(0), to),
      faulty(projectState(api, project, state), value(1), to),
    ]),
  ) as AllSeries;

/** A counter that rises once in every so many seconds of the fault. */
const every = (seconds: number, name: string, to = TO): AllSeries => ({
  [name]: risingDuring(1 / seconds, FROM, to),
});

const missing = (share: number, name: string, to = TO): AllSeries => ({
  [objective('billing', name, 'met')]: (at) => rising(5)(at) - risingDuring(5 * share, FROM, to)(at),
  [objective('billing', name, 'missed')]: risingDuring(5 * share, FROM, to),
});

/** One in every so many seconds. */
const callsEnd = (seconds: number, to = TO): AllSeries =>
  every(seconds, of(WORKER, 'streamstop_call_ended_after_update_total', { project: 'billing' }), to);

const allMissed = (to: number): AllSeries => ({
  ...missing(1, 'within_deadline', to),
  ...missing(1, 'within_1s', to),
});

const HOUR = 3600;

/** Its misses stay in the windows of all burn rates, but are too few for the ticket about a slow burn to come soon. */
const SHORT_OUTAGE_END = FROM + 180;
const UNTIL_SLOW_BURN_S = 700;

export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'every process is gone',
    series: { ...all(/^up\{/, value(0)) },
    fires: ['StreamstopDown', ...Array.from({ length: 4 }, () => 'StreamstopTargetDown')],
    withinS: 90,
    quietAfterS: 60,
  },
  {
    title: 'there is nothing to scrape',
    series: all(/./, absent, FOR_LONG),
    fires: ['StreamstopDown', ...Array.from({ length: 3 }, () => 'StreamstopMetricsMissing')],
    // Series count as there for five minutes after their last sample.
    withinS: 630,
    quietAfterS: 60,
    to: FOR_LONG,
  },
  {
    title: 'one process does not answer scrapes',
    series: faulty(of(WORKER, 'up'), value(0)),
    fires: ['StreamstopTargetDown'],
    withinS: 90,
    quietAfterS: 60,
  },
  {
    title: 'no worker is scraped',
    series: all(/worker-\d/, absent, FOR_LONG),
    fires: ['StreamstopMetricsMissing'],
    withinS: 630,
    quietAfterS: 60,
    to: FOR_LONG,
  },
  {
    title: 'a process restarts every minute',
    series: {
      [of(WORKER, 'process_start_time_seconds')]: (at) =>
        60 * Math.floor(Math.max(0, Math.min(at, TO) - FROM) / 60),
    },
    fires: ['StreamstopRestarting'],
    withinS: 270,
    quietAfterS: 900,
  },
  {
    title: 'an upgrade is half done',
    series: {
      [of('worker-9:3002', 'streamstop_info', { version: '0.1.0' })]: during(isFaulty, value(1), absent),
    },
    fires: ['StreamstopMixedVersions'],
    withinS: 330,
    quietAfterS: 330,
  },
  {
    title: 'an event loop is blocked',
    series: faulty(of(API, 'nodejs_eventloop_lag_p99_seconds'), value(0.5)),
    fires: ['StreamstopEventLoopBlocked'],
    withinS: 330,
    quietAfterS: 60,
  },
  {
    title: 'the disk of the log is full',
    series: every(10, of(API, 'streamstop_log_lines_lost_total')),
    fires: ['StreamstopLogLinesLost'],
    withinS: 60,
    quietAfterS: 660,
  },
  {
    title: 'Redis stops',
    series: {
      ...all(/^streamstop_queue_reachable/, value(0)),
      ...all(/^streamstop_(jobs|oldest|overdue|project_)/, absent),
      ...faulty(
        of(API, 'streamstop_http_requests_total', { server: 'api', route: '/cancellations', status: '5xx' }),
        rising(5),
      ),
      ...Object.fromEntries(
        ['worker-0:3002', 'worker-1:3002'].map((worker) => {
          const name = of(worker, 'streamstop_last_pick_up_timestamp_seconds');
          return [name, during(isFaulty, value(FROM), healthy(name))];
        }),
      ),
    },
    fires: ['StreamstopRedisUnreachable'],
    withinS: 60,
    quietAfterS: 60,
  },
  {
    title: 'one process of two cannot reach Redis, and answers half of the requests with 503',
    series: {
      ...faulty(of(API, 'streamstop_queue_reachable'), value(0)),
      ...all(new RegExp(`^streamstop_(jobs|oldest|overdue|project_).*instance="${API}"`), absent),
      [of(API, 'streamstop_http_requests_total', { server: 'api', route: '/cancellations', status: '5xx' })]:
        risingDuring(5, FROM, TO),
    },
    fires: ['StreamstopProcessWithoutRedis', 'StreamstopApiErrors'],
    withinS: 120,
    quietAfterS: 120,
  },
  {
    title: 'Redis is flushed',
    series: { [of(API, 'streamstop_redis_data_lost_total')]: (at) => (at >= FROM ? 1 : 0) },
    fires: ['StreamstopRedisDataLost'],
    withinS: 60,
    quietAfterS: 960,
  },
  {
    title: 'Redis is nearly full',
    series: every(1, of(WORKER, 'streamstop_removed_early_total')),
    fires: ['StreamstopRedisNearlyFull'],
    withinS: 60,
    quietAfterS: 960,
  },
  {
    title: 'Redis is slow',
    series: all(/round_trip.*le="0.005"/, value(0.5 * FROM)),
    fires: ['StreamstopRedisSlow'],
    withinS: 420,
    quietAfterS: 360,
  },
  {
    title: 'there is no worker, and cancellations wait',
    series: {
      ...all(/^streamstop_worker_missing/, value(1)),
      ...all(/^streamstop_oldest_ready_age/, (at) => at - FROM),
    },
    fires: ['StreamstopWorkerMissing'],
    withinS: 30,
    quietAfterS: 60,
  },
  {
    title: 'a worker is stuck',
    series: faulty(of(WORKER, 'streamstop_last_pick_up_timestamp_seconds'), value(FROM)),
    fires: ['StreamstopWorkerStuck'],
    withinS: 120,
    quietAfterS: 60,
  },
  {
    title: 'workers do not keep up',
    series: all(/^streamstop_oldest_ready_age/, value(20)),
    fires: ['StreamstopQueueStalled'],
    withinS: 60,
    quietAfterS: 60,
  },
  {
    title: 'due cancellations are not taken',
    series: faulty(of(OTHER_API, 'streamstop_overdue_delayed_jobs'), value(3)),
    fires: ['StreamstopQueueStalled'],
    withinS: 60,
    quietAfterS: 60,
  },
  {
    title: 'a project stays paused',
    series: {
      ...projectIn('paused'),
      [of(API, 'streamstop_project_paused_since_seconds', { project: 'billing' })]: (at) =>
        at >= FROM && at < FOR_LONG ? FROM : 0,
    },
    fires: ['StreamstopPaused billing'],
    withinS: 930,
    quietAfterS: 60,
    to: FOR_LONG,
  },
  {
    title: 'a project is paused for ten minutes, and everything of it expires',
    series: {
      ...projectIn('paused'),
      ...allMissed(TO),
    },
    fires: [],
    withinS: 590,
    quietAfterS: 60,
  },
  {
    title: 'a project is paused, and the stops of another miss their deadlines',
    series: { ...projectIn('paused', 'default'), ...missing(0.1, 'within_deadline') },
    fires: ['StreamstopDeadlineBudgetBurnsFast billing'],
    withinS: 270,
    quietAfterS: 7 * HOUR,
  },
  {
    title: 'SignalWire is down for a project, and everything of it expires',
    series: {
      ...projectIn('unavailable', 'billing', SHORT_OUTAGE_END),
      ...allMissed(SHORT_OUTAGE_END),
    },
    fires: ['StreamstopProjectUnavailable billing'],
    withinS: 165,
    quietAfterS: UNTIL_SLOW_BURN_S,
    to: SHORT_OUTAGE_END,
  },
  {
    title: 'there is no worker, and everything expires',
    series: {
      ...all(/^streamstop_worker_missing/, value(1), SHORT_OUTAGE_END),
      ...allMissed(SHORT_OUTAGE_END),
    },
    fires: ['StreamstopWorkerMissing'],
    withinS: 165,
    quietAfterS: UNTIL_SLOW_BURN_S,
    to: SHORT_OUTAGE_END,
  },
  {
    title: 'SignalWire is down for a project, and the stops of another miss their deadlines',
    series: {
      ...projectIn('unavailable', 'default'),
      ...missing(0.1, 'within_deadline'),
    },
    fires: ['StreamstopProjectUnavailable default', 'StreamstopDeadlineBudgetBurnsFast billing'],
    withinS: 270,
    quietAfterS: 7 * HOUR,
  },
  {
    title: 'everything of a project expires for a minute, and the cause may be told in the next',
    series: allMissed(FROM + 60),
    fires: [],
    withinS: 59,
    quietAfterS: 60,
    to: FROM + 60,
  },
  {
    title: 'SignalWire refuses the credentials of a project',
    series: projectIn('unauthorized'),
    fires: ['StreamstopProjectUnauthorized billing'],
    withinS: 30,
    quietAfterS: 60,
  },
  {
    title: 'SignalWire does not answer for a project',
    series: projectIn('unavailable'),
    fires: ['StreamstopProjectUnavailable billing'],
    withinS: 75,
    quietAfterS: 60,
  },
  {
    title: 'documents of a project are not fetched',
    series: projectIn('undelivered'),
    fires: ['StreamstopDocumentsNotFetched billing'],
    withinS: 30,
    quietAfterS: 60,
  },
  {
    title: 'documents of a project are not fetched, and calls end for that',
    series: { ...projectIn('undelivered', 'billing', SHORT_OUTAGE_END), ...callsEnd(10, SHORT_OUTAGE_END) },
    fires: ['StreamstopDocumentsNotFetched billing'],
    withinS: 165,
    quietAfterS: 300,
    to: SHORT_OUTAGE_END,
  },
  {
    title: 'calls end for half a minute, and the cause may be told in the next',
    series: callsEnd(5, FROM + 30),
    fires: [],
    withinS: 29,
    quietAfterS: 30,
    to: FROM + 30,
  },
  {
    title: 'SignalWire throttles a project for half of the time',
    series: Object.assign(
      {},
      ...[API, OTHER_API].map((api) => ({
        [projectState(api, 'billing', 'throttled')]: during(
          isFaulty,
          (at) => (at % 60 < 30 ? 1 : 0),
          () => 0,
        ),
      })),
    ) as AllSeries,
    fires: ['StreamstopProjectThrottled billing'],
    withinS: 180,
    quietAfterS: 150,
  },
  {
    title: 'calls end after their updates',
    series: callsEnd(60),
    fires: ['StreamstopCallsEndAfterUpdate billing'],
    withinS: 300,
    quietAfterS: 660,
  },
  {
    title: 'a template cannot be used',
    series: every(60, of(API, 'streamstop_documents_total', { result: 'template_failed' })),
    fires: ['StreamstopTemplateFailed'],
    withinS: 90,
    quietAfterS: 660,
  },
  {
    title: 'callbacks are given up',
    series: every(
      60,
      of(WORKER, 'streamstop_callback_attempts_total', { result: 'failed', outcome: 'rejected' }),
    ),
    fires: ['StreamstopCallbacksFailing'],
    withinS: 90,
    quietAfterS: 960,
  },
  {
    title: 'the API answers a tenth with 5xx',
    series: every(
      2,
      of(API, 'streamstop_http_requests_total', { server: 'api', route: '/cancellations', status: '5xx' }),
    ),
    fires: [],
    withinS: 120,
    quietAfterS: 60,
  },
  {
    title: 'the API answers a sixth with 5xx',
    series: {
      [of(API, 'streamstop_http_requests_total', { server: 'api', route: '/cancellations', status: '5xx' })]:
        risingDuring(2, FROM, TO),
    },
    fires: ['StreamstopApiErrors'],
    withinS: 120,
    quietAfterS: 120,
  },
  {
    title: 'somebody guesses API keys',
    series: every(10, of(API, 'streamstop_api_requests_refused_total', { reason: 'key' })),
    fires: ['StreamstopKeysRefused'],
    withinS: 270,
    quietAfterS: 660,
  },
  {
    title: 'signatures are refused',
    series: every(20, of(API, 'streamstop_signatures_refused_total')),
    fires: ['StreamstopSignaturesRefused'],
    withinS: 270,
    quietAfterS: 660,
  },
  {
    title: 'a tenth of the stops misses its deadline',
    series: missing(0.1, 'within_deadline'),
    fires: ['StreamstopDeadlineBudgetBurnsFast billing'],
    withinS: 270,
    // The budget that it has used up is a matter for a ticket until then.
    quietAfterS: 7 * HOUR,
  },
  {
    title: 'a two-hundredth of the stops misses its deadline for hours',
    series: missing(0.005, 'within_deadline', FROM + 2 * HOUR),
    fires: ['StreamstopDeadlineBudgetBurnsSlowly billing'],
    withinS: 2 * HOUR,
    quietAfterS: 7 * HOUR,
    to: FROM + 2 * HOUR,
  },
  {
    title: 'a third of the stops takes longer than a second',
    series: missing(0.33, 'within_1s'),
    fires: ['StreamstopStopsSlow billing'],
    withinS: 400,
    quietAfterS: 1800,
  },
  {
    title: 'nothing is wrong but what happens every day',
    series: {
      // One call hangs up at the wrong moment, one stop misses everything, one client has an old key, one process is
      // restarted.
      [of(WORKER, 'streamstop_call_ended_after_update_total', { project: 'billing' })]: (at) =>
        at >= FROM ? 1 : 0,
      [objective('billing', 'within_deadline', 'missed')]: (at) => (at >= FROM ? 1 : 0),
      [objective('billing', 'within_1s', 'missed')]: (at) => (at >= FROM ? 1 : 0),
      [of(API, 'streamstop_api_requests_refused_total', { reason: 'key' })]: (at) => (at >= FROM ? 9 : 0),
      [of(API, 'process_start_time_seconds')]: (at) => (at >= FROM ? FROM : 1),
      ...faulty(of(API, 'streamstop_oldest_ready_age_seconds'), value(2)),
      [projectState(API, 'billing', 'throttled')]: (at) => (at === FROM ? 1 : 0),
      [of(API, 'streamstop_http_requests_total', { server: 'api', route: '/cancellations', status: '5xx' })]:
        (at) => (at >= FROM ? 3 : 0),
    },
    fires: [],
    withinS: 300,
    quietAfterS: 600,
  },
  {
    title: 'nobody asks for anything, and then one stop of three misses its deadline',
    series: {
      ...Object.fromEntries(
        Object.keys(HEALTHY)
          .filter((name) => /slo|http_requests/.test(name))
          .map((name) => [name, value(0)]),
      ),
      [objective('billing', 'within_deadline', 'met')]: (at) => (at >= FROM ? 2 : 0),
      [objective('billing', 'within_deadline', 'missed')]: (at) => (at >= FROM ? 1 : 0),
    },
    fires: [],
    withinS: 300,
    quietAfterS: 600,
  },
];
