/** An alert that fires, as Prometheus shows it. */
export interface Firing {
  readonly alertname: string;
  readonly severity: string;
  readonly kind: string;
  /** Empty for the whole service. */
  readonly project: string;
}

/** What the inhibition rules of `deploy/monitoring/alertmanager` let through. */
export function notified(firing: readonly Firing[]): Firing[] {
  const causes = firing.filter(({ kind }) => kind === 'cause');
  const ofService = causes.filter(({ severity, project }) => severity === 'critical' && project === '');
  return firing.filter((alert) => {
    const isOwnCause = causes.some(({ project }) => project !== '' && project === alert.project);
    if (alert.kind === 'symptom') return ofService.length === 0 && !isOwnCause;
    return ofService.length === 0 || alert.severity !== 'warning';
  });
}

/** With its project, if it is about one. */
export const nameOf = ({ alertname, project }: Firing): string =>
  project === '' ? alertname : `${alertname} ${project}`;
