import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { logLinesLost } from '../logging/log-output.js';

/** Gauges with the suffix of counters, against Prometheus' rules. Each repeats the sum of one without it. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** The metrics of one process: the registry that all of its roles share, and what every HTTP server counts. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly httpRequests = new Histogram({
    name: 'streamstop_http_request_duration_seconds',
    help: 'HTTP requests served, by server, method, route and status',
    labelNames: ['server', 'method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers: [this.registry],
  });

  readonly apiRequestsRefused = new Counter({
    name: 'streamstop_api_requests_refused_total',
    help: 'Requests to the API refused before they were read, by reason: key, scope, host or origin',
    labelNames: ['reason'] as const,
    registers: [this.registry],
  });

  readonly redisDataLost = new Counter({
    name: 'streamstop_redis_data_lost_total',
    help: 'How often this process found that Redis had lost its data',
    registers: [this.registry],
  });

  readonly logLinesLost = new Counter({
    name: 'streamstop_log_lines_lost_total',
    help: 'Lines of the log that could not be written',
    registers: [this.registry],
    collect() {
      this.reset();
      this.inc(logLinesLost());
    },
  });

  private readonly refreshers: (() => Promise<void>)[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
  }

  /** Calls `refresh` before each scrape to update gauges; it must not throw. */
  beforeScrape(refresh: () => Promise<void>): void {
    this.refreshers.push(refresh);
  }

  /** All metrics in Prometheus' text format. */
  async scrape(): Promise<string> {
    await Promise.all(this.refreshers.map((refresh) => refresh()));
    return this.registry.metrics();
  }
}
