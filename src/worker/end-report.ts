import { Injectable, Logger } from '@nestjs/common';
import { endedAfterUpdate } from '../cancellation/effect.js';
import type { CancellationRecord, GiveUpReason } from '../cancellation/record.js';
import { withLostAttempt } from '../cancellation/record-updates.js';
import { stoppedAt } from '../cancellation/proof.js';
import type { End } from './stop-time.js';
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
    const { callEnded, attempts } = record;
    const at = stoppedAt(record);
    const timeToStopMs = at === null ? null : at - job.data.createdAt;
    this.metrics.ended(job.data.project, endOf(job, 'succeeded', record));
    const isAfterUpdate = endedAfterUpdate(record);
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
    this.metrics.ended(job.data.project, endOf(job, status, record));
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

const endOf = (
  { data, finishedOn }: CancellationJob,
  status: End['status'],
  record: CancellationRecord,
): End => ({
  status,
  record,
  createdAt: data.createdAt,
  deadline: data.deadline,
  endedAt: finishedOn ?? data.createdAt,
});

const endedAs = (givenUp: GiveUpReason | null): 'expired' | 'withdrawn' | 'failed' => {
  if (givenUp === 'withdrawn') return 'withdrawn';
  return givenUp === 'deadline' ? 'expired' : 'failed';
};
