import { Injectable, Logger } from '@nestjs/common';
import { endedAfterUpdate } from '../cancellation/effect.js';
import type { GiveUpReason } from '../cancellation/record.js';
import { withLostAttempt } from '../cancellation/record-updates.js';
import { evidenceIn } from '../cancellation/view.js';
import { WorkerMetrics } from './worker.metrics.js';
import type { CancellationJob } from '../queue/cancellations.queue.js';
import { recordOf } from '../queue/job-record.js';

/** Tells the log and the metrics how cancellations ended. */
@Injectable()
export class EndReport {
  private readonly logger = new Logger(EndReport.name);

  constructor(private readonly metrics: WorkerMetrics) {}

  succeeded(job: CancellationJob): void {
    const record = recordOf(job);
    const { documentFetchedAt, streamStoppedAt, saidStoppedAt, callEnded, attempts } = record;
    const stoppedAt = documentFetchedAt ?? streamStoppedAt ?? saidStoppedAt;
    const timeToStopMs = stoppedAt === null ? null : stoppedAt - job.data.createdAt;
    if (timeToStopMs !== null) this.metrics.timeToStop.observe(timeToStopMs / 1000);
    this.metrics.cancellations.inc({ status: 'succeeded', evidence: evidenceIn(record) });
    const isAfterUpdate = endedAfterUpdate(record);
    if (isAfterUpdate) this.metrics.endedAfterUpdate.inc({ project: job.data.project });
    this.logger[isAfterUpdate ? 'warn' : 'log']('cancellation succeeded', {
      cancellationId: job.id,
      callSid: job.data.callSid,
      attempts: attempts.length,
      timeToStopMs,
      callEnded,
      requestedBy: job.data.requestedBy,
      ...(isAfterUpdate && { warning: 'call_ended_after_update' }),
    });
  }

  failed(job: CancellationJob, error: Error): void {
    const record = withLostAttempt(recordOf(job));
    const { attempts, givenUp } = record;
    const status = endedAs(givenUp);
    this.metrics.cancellations.inc({ status, evidence: evidenceIn(record) });
    const fields = {
      cancellationId: job.id,
      callSid: job.data.callSid,
      attempts: attempts.length,
      outcome: attempts.at(-1)?.outcome,
      reason: error.message,
      message: attempts.at(-1)?.message,
      requestedBy: job.data.requestedBy,
    };
    if (status === 'withdrawn') this.logger.log('cancellation withdrawn', fields);
    else if (status === 'expired') this.logger.warn('cancellation expired', fields);
    else this.logger.warn('cancellation failed', fields);
  }
}

const endedAs = (givenUp: GiveUpReason | null): 'expired' | 'withdrawn' | 'failed' => {
  if (givenUp === 'withdrawn') return 'withdrawn';
  return givenUp === 'deadline' ? 'expired' : 'failed';
};
