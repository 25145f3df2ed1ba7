import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';
import { logLinesLost } from '../logging/log-output.js';
import { atMostEvery } from './at-most-every.js';
import { collectNodeMetrics } from './node-metrics.js';

/** How old a figure of Redis may be in a scrape, so that no number of scrapes can load it. */
const REFRESH_EVERY_MS = 1000;

/** Why a request was refused before it was read. */
export const REFUSAL_REASONS = ['key', 'scope', 'csrf', 'host', 'origin', 'metrics_token'] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** How a server answered, as the metrics tell it. */
export const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const;

/**
 * The metrics of one process: the registry that all of its roles share, and what every HTTP server counts. Each series
 * is there, with 0, before anything is counted.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly httpRequests = new Counter({
    name: 'streamstop_http_requests_total',
    help: 'HTTP requests served, by server, method, route and class of status',
    labelNames: ['server', 'method', 'route', 'status'] as const,
    registers: [this.registry],
  });

  readonly httpDurations = new Histogram({
    name: 'streamstop_http_request_duration_seconds',
    help: 'How long HTTP requests took, by server, method and route; with Prefer: wait, and for streams of events, this includes the wait',
    labelNames: ['server', 'method', 'route'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers: [this.registry],
  });

  readonly requestsRefused = new Counter({
    name: 'streamstop_api_requests_refused_total',
    help: `Requests refused before they were read, by reason: ${REFUSAL_REASONS.join(', ')}`,
    labelNames: ['reason'] as const,
    registers: [this.registry],
  });

  readonly redisDataLost = new Counter({
    name: 'streamstop_redis_data_lost_total',
    help: 'How often this process found that Redis had lost its data',
    registers: [this.registry],
  });

  readonly redisRoundTrips = new Histogram({
    name: 'streamstop_redis_round_trip_seconds',
    help: 'From a question of this process to the answer of Redis, measured five times every 10 s',
    buckets: [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
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
    collectNodeMetrics(this.registry);
    for (const reason of REFUSAL_REASONS) this.requestsRefused.inc({ reason }, 0);
  }

  /** Calls `refresh` before scrapes to update gauges, at most once a second; it must not throw. */
  beforeScrape(refresh: () => Promise<void>): void {
    this.refreshers.push(atMostEvery(REFRESH_EVERY_MS, refresh));
  }

  /** All metrics in Prometheus' text format. */
  async scrape(): Promise<string> {
    await Promise.all(this.refreshers.map((refresh) => refresh()));
    return this.registry.metrics();
  }
}
