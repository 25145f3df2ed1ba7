import { Injectable, Logger } from '@nestjs/common';
import { withLostAttempt } from '../cancellation/record-updates.js';
import { WorkerMetrics } from './worker.metrics.js';
import type { CancellationJob } from '../queue/cancellations.queue.js';
import { recordOf } from '../queue/job-record.js';

/** Tells the log and the metrics how cancellations ended. */
@Injectable()
export class EndReport {
  private readonly logger = new Logger(EndReport.name);

  constructor(private readonly metrics: WorkerMetrics) {}

  succeeded(job: CancellationJob): void {
    const { documentFetchedAt, streamStoppedAt, saidStoppedAt, callEnded, attempts } = recordOf(job);
    const stoppedAt = documentFetchedAt ?? streamStoppedAt ?? saidStoppedAt;
    const timeToStopMs = stoppedAt === null ? null : stoppedAt - job.data.createdAt;
    if (timeToStopMs !== null) this.metrics.timeToStop.observe(timeToStopMs / 1000);
    this.metrics.cancellations.inc({ status: 'succeeded' });
    this.logger.log('cancellation succeeded', {
      cancellationId: job.id,
      callSid: job.data.callSid,
      attempts: attempts.length,
      timeToStopMs,
      callEnded,
    });
  }

  failed(job: CancellationJob, error: Error): void {
    const { attempts, givenUp } = withLostAttempt(recordOf(job));
    const status = givenUp === 'deadline' ? 'expired' : 'failed';
    this.metrics.cancellations.inc({ status });
    this.logger.warn(`cancellation ${status}`, {
      cancellationId: job.id,
      callSid: job.data.callSid,
      attempts: attempts.length,
      outcome: attempts.at(-1)?.outcome,
      reason: error.message,
    });
  }
}
