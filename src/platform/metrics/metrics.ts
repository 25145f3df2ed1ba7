import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** The metrics of one process: the registry that all of its roles share, and what every HTTP server counts. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly documents = new Counter({
    name: 'streamstop_documents_total',
    help:
      'Requests for stop documents, by result: fetched; without evidence head, by_name and template; template_failed ' +
      '(an empty document, or none) and template_failed_open (to whoever asked); bad_request or not_found',
    labelNames: ['result'] as const,
    registers: [this.registry],
  });

  readonly documentFetchDelay = new Histogram({
    name: 'streamstop_document_fetch_delay_seconds',
    help: 'From the start of an attempt to the fetch of its stop document',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });

  readonly requestsLimited = new Counter({
    name: 'streamstop_requests_limited_total',
    help: "Requests on PUBLIC_PORT that got 429, since nothing showed them to be SignalWire's and too many came before",
    registers: [this.registry],
  });

  readonly streamEvents = new Counter({
    name: 'streamstop_stream_events_total',
    help: 'Stream status callbacks, by event: started, stopped, error or other',
    labelNames: ['event'] as const,
    registers: [this.registry],
  });

  readonly signaturesRefused = new Counter({
    name: 'streamstop_signatures_refused_total',
    help: 'Requests for documents and stream status callbacks that were refused for lack of a right signature',
    registers: [this.registry],
  });

  readonly httpRequests = new Histogram({
    name: 'streamstop_http_request_duration_seconds',
    help: 'HTTP requests served, by server, method, route and status',
    labelNames: ['server', 'method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers: [this.registry],
  });

  readonly redisDataLost = new Counter({
    name: 'streamstop_redis_data_lost_total',
    help: 'How often this process found that Redis had lost its data',
    registers: [this.registry],
  });

  private readonly refreshers: (() => Promise<void>)[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.registry });
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
