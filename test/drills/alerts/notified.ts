/** An alert that fires, as Prometheus shows it. */
export interface Firing {
  readonly alertname: string;
  readonly severity: string;
  readonly kind: string;
  /** Empty for the whole service. */
  readonly project: string;
}

const LATE = [
  'StreamstopDeadlineBudgetBurnsFast',
  'StreamstopDeadlineBudgetBurnsSlowly',
  'StreamstopStopsSlow',
];
const STALLED = [...LATE, 'StreamstopQueueStalled'];
const REDIS = ['StreamstopApiErrors', 'StreamstopRedisSlow', 'StreamstopProcessWithoutRedis'];
const GONE = ['StreamstopTargetDown', 'StreamstopMetricsMissing', 'StreamstopRestarting'];

/** What follows from a fault of the whole service. */
const CONSEQUENCES: Readonly<Record<string, readonly string[]>> = {
  StreamstopDown: [...STALLED, ...REDIS, ...GONE],
  StreamstopRedisUnreachable: [...STALLED, ...REDIS],
  StreamstopWorkerMissing: [...STALLED, ...GONE],
  StreamstopWorkerStuck: STALLED,
};

/** What the inhibition rules of `deploy/monitoring/alertmanager` let through. */
export const notified = (firing: readonly Firing[]): Firing[] =>
  firing.filter((alert) => !firing.some((cause) => explains(cause, alert)));

function explains(cause: Firing, { alertname, project }: Firing): boolean {
  if (CONSEQUENCES[cause.alertname]?.includes(alertname) === true) return true;
  if (cause.kind !== 'cause' || cause.project === '' || cause.project !== project) return false;
  const dropsCalls = cause.alertname === 'StreamstopDocumentsNotFetched';
  return LATE.includes(alertname) || (dropsCalls && alertname === 'StreamstopCallsEndAfterUpdate');
}

/** With its project, if it is about one. */
export const nameOf = ({ alertname, project }: Firing): string =>
  project === '' ? alertname : `${alertname} ${project}`;
