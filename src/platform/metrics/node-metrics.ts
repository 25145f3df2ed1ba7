import { collectDefaultMetrics } from 'prom-client';
import type { Histogram, Registry } from 'prom-client';

/** Their label is whatever Node happens to have open, and their sums are gauges with the suffix of counters. */
const LEFT_OUT = ['handles', 'requests', 'resources'].flatMap((what) => [
  `nodejs_active_${what}`,
  `nodejs_active_${what}_total`,
]);

const GC_DURATION = 'nodejs_gc_duration_seconds';
const GC_KINDS = ['major', 'minor', 'incremental', 'weakcb'] as const;

/** What `prom-client` tells of Node.js and the process: memory, processor time, the lag of the event loop. */
export function collectNodeMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of LEFT_OUT) registry.removeSingleMetric(name);
  const durations = registry.getSingleMetric(GC_DURATION) as Histogram<'kind'>;
  for (const kind of GC_KINDS) durations.zero({ kind });
}
