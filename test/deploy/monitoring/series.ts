/** The value of a series at a time, in seconds; null where it is absent. */
export type Value = (at: number) => number | null;

/** By the series, as Prometheus writes it. */
export type AllSeries = Readonly<Record<string, Value>>;

const constant =
  (value: number): Value =>
  () =>
    value;

/** A counter that rises by so much a second. */
export const rising =
  (perSecond: number) =>
  (at: number): number =>
    perSecond * at;

/** While `isFaulty`, `faulty` instead of `value`. */
export const during =
  (isFaulty: (at: number) => boolean, faulty: Value, value: Value): Value =>
  (at) =>
    (isFaulty(at) ? faulty : value)(at);

/** A counter that rises only within the period. */
export const risingDuring =
  (perSecond: number, from: number, to: number) =>
  (at: number): number =>
    perSecond * Math.max(0, Math.min(at, to) - from);

const PROJECTS = ['default', 'billing'];
const STATES = ['working', 'throttled', 'unauthorized', 'unavailable', 'undelivered', 'paused'];

const targets = (name: string, port: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}:${port}`);

const APIS = targets('streamstop', 3000, 2);
const WORKERS = targets('worker', 3002, 2);

export const series = (name: string, labels: Readonly<Record<string, string>>): string =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')}}`;

/** A series of a process. */
export const of = (instance: string, name: string, labels: Readonly<Record<string, string>> = {}): string =>
  series(name, { job: 'streamstop', instance, ...labels });

export const objective = (project: string, name: string, result: string): string =>
  of('worker-0:3002', 'streamstop_slo_cancellations_total', { project, objective: name, result });

export const projectState = (instance: string, project: string, state: string): string =>
  of(instance, 'streamstop_project_state', { project, state });

const ofEach = (
  instances: readonly string[],
  all: (instance: string) => readonly (readonly [string, Value])[],
): AllSeries => Object.fromEntries(instances.flatMap(all));

/** Two processes with the API and the documents and two workers, all well, with ten cancellations a second. */
export const HEALTHY: AllSeries = {
  ...ofEach([...APIS, ...WORKERS], (instance) => [
    [of(instance, 'up'), constant(1)],
    [of(instance, 'streamstop_info', { version: '0.2.0' }), constant(1)],
    [of(instance, 'process_start_time_seconds'), constant(1)],
    [of(instance, 'nodejs_eventloop_lag_p99_seconds'), constant(0.02)],
    [of(instance, 'streamstop_log_lines_lost_total'), constant(0)],
    [of(instance, 'streamstop_redis_data_lost_total'), constant(0)],
    [of(instance, 'streamstop_redis_round_trip_seconds_bucket', { le: '0.005' }), rising(0.5)],
    [of(instance, 'streamstop_redis_round_trip_seconds_bucket', { le: '0.25' }), rising(0.5)],
    [of(instance, 'streamstop_redis_round_trip_seconds_bucket', { le: '+Inf' }), rising(0.5)],
    [of(instance, 'streamstop_api_requests_refused_total', { reason: 'key' }), constant(0)],
  ]),
  ...ofEach(APIS, (instance) => [
    [of(instance, 'streamstop_queue_reachable'), constant(1)],
    [of(instance, 'streamstop_worker_missing'), constant(0)],
    [of(instance, 'streamstop_oldest_ready_age_seconds'), constant(0)],
    [of(instance, 'streamstop_overdue_delayed_jobs'), constant(0)],
    [of(instance, 'streamstop_jobs', { state: 'waiting' }), constant(0)],
    [of(instance, 'streamstop_documents_total', { result: 'template_failed' }), constant(0)],
    [of(instance, 'streamstop_signatures_refused_total'), constant(0)],
    [
      of(instance, 'streamstop_http_requests_total', {
        server: 'api',
        route: '/cancellations',
        status: '2xx',
      }),
      rising(5),
    ],
    [
      of(instance, 'streamstop_http_requests_total', {
        server: 'api',
        route: '/cancellations',
        status: '5xx',
      }),
      constant(0),
    ],
    ...PROJECTS.flatMap((project) => [
      [of(instance, 'streamstop_project_paused_since_seconds', { project }), constant(0)] as const,
      ...STATES.map(
        (state) => [projectState(instance, project, state), constant(state === 'working' ? 1 : 0)] as const,
      ),
    ]),
  ]),
  ...ofEach(WORKERS, (instance) => [
    [of(instance, 'streamstop_last_pick_up_timestamp_seconds'), rising(1)],
    [of(instance, 'streamstop_removed_early_total'), constant(0)],
    [
      of(instance, 'streamstop_callback_attempts_total', { result: 'failed', outcome: 'rejected' }),
      constant(0),
    ],
    ...PROJECTS.map(
      (project) =>
        [of(instance, 'streamstop_call_ended_after_update_total', { project }), constant(0)] as const,
    ),
  ]),
  ...Object.fromEntries(
    PROJECTS.flatMap((project) =>
      ['within_1s', 'within_deadline'].flatMap((name) => [
        [objective(project, name, 'met'), rising(5)],
        [objective(project, name, 'missed'), constant(0)],
      ]),
    ),
  ),
};
