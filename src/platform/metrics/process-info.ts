import { Gauge } from 'prom-client';
import { version } from '../package-info.js';
import type { Metrics } from './metrics.js';

/** Shows the version and the roles of the process, which do not change. */
export function showProcess({ registry }: Metrics, roles: readonly string[]): void {
  new Gauge({
    name: 'streamstop_info',
    help: 'Always 1; the version of this process, and its roles, separated by commas',
    labelNames: ['version', 'roles'] as const,
    registers: [registry],
  }).set({ version, roles: roles.toSorted().join(',') }, 1);
}
