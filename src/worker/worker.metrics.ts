import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { Metrics } from '../platform/metrics/metrics.js';

/** What the worker counts. */
@Injectable()
export class WorkerMetrics {
  readonly attempts: Counter<'outcome' | 'strategy'>;
  readonly cancellations: Counter<'status'>;
  readonly timeToStop: Histogram;

  constructor({ registry }: Metrics) {
    this.attempts = new Counter({
      name: 'streamstop_attempts_total',
      help: 'POSTs to SignalWire, by outcome (accepted or the error) and strategy (update_call or stream_resource)',
      labelNames: ['outcome', 'strategy'],
      registers: [registry],
    });
    this.cancellations = new Counter({
      name: 'streamstop_cancellations_total',
      help: 'Finished cancellations, by status: succeeded, failed or expired',
      labelNames: ['status'],
      registers: [registry],
    });
    this.timeToStop = new Histogram({
      name: 'streamstop_time_to_stop_seconds',
      help: 'From the acceptance of a cancellation to the fetch of its stop document or the report that its stream stopped',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers: [registry],
    });
  }
}
