import { Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import type { CancellationView } from '../cancellation/view.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Projects } from '../projects/projects.js';

type EndStatus = Extract<CancellationView['status'], 'succeeded' | 'failed' | 'expired' | 'withdrawn'>;

/** With what evidence cancellations can end. One that took its worker down fails with whatever was known by then. */
const ENDS: Readonly<Record<EndStatus, readonly CancellationView['evidence'][]>> = {
  succeeded: ['accepted', 'document_fetched', 'stream_stopped', 'call_ended'],
  failed: ['none', 'accepted', 'document_fetched', 'stream_stopped', 'call_ended'],
  expired: ['none', 'accepted', 'document_fetched'],
  withdrawn: ['none', 'accepted', 'document_fetched', 'stream_stopped', 'call_ended'],
};

/** What the worker counts. */
@Injectable()
export class WorkerMetrics {
  readonly attempts: Counter<'outcome' | 'strategy'>;
  readonly cancellations: Counter<'status' | 'evidence'>;
  readonly endedAfterUpdate: Counter<'project'>;
  readonly timeToStop: Histogram;

  constructor({ registry }: Metrics, projects: Projects) {
    this.attempts = new Counter({
      name: 'streamstop_attempts_total',
      help: 'POSTs to SignalWire, by outcome (accepted or the error) and strategy (update_call or stream_resource)',
      labelNames: ['outcome', 'strategy'],
      registers: [registry],
    });
    this.cancellations = new Counter({
      name: 'streamstop_cancellations_total',
      help: 'Finished cancellations, by status (succeeded, failed, expired or withdrawn) and by their evidence',
      labelNames: ['status', 'evidence'],
      registers: [registry],
    });
    for (const [status, levels] of Object.entries(ENDS))
      for (const evidence of levels) this.cancellations.inc({ status, evidence }, 0);
    this.endedAfterUpdate = new Counter({
      name: 'streamstop_call_ended_after_update_total',
      help: 'Cancellations whose call ended after an accepted update, before its document was fetched, by project',
      labelNames: ['project'],
      registers: [registry],
      collect() {
        for (const { name: project } of projects.all()) this.inc({ project }, 0);
      },
    });
    this.timeToStop = new Histogram({
      name: 'streamstop_time_to_stop_seconds',
      help: 'From the acceptance of a cancellation to the fetch of its stop document or the report that its stream stopped',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers: [registry],
    });
  }
}
