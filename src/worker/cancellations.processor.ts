import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Readiness } from '../platform/health/readiness.js';
import { WorkerConnection } from '../queue/worker.connection.js';
import { Canary } from '../queue/canary.js';
import { CancellationRun } from './cancellation-run.js';
import { RetryPlannedError } from '../api/errors.js';
import { storedRecord } from '../cancellation/record.js';
import { closedRecordOf, recordOf } from '../queue/job-record.js';
import { CANARY_JOB, CANCELLATIONS_QUEUE, runOptions } from '../queue/cancellations.queue.js';
import type { StoredRecord } from '../cancellation/record.js';
import type { CancellationJob } from '../queue/cancellations.queue.js';
import { HeldJob } from './held-job.js';
import { saidStoppedAtOf } from '../cancellation/record-updates.js';
import { LOCK_MS } from '../queue/run-locks.js';
import { RunParts } from './run-parts.js';
import { WorkerPulse } from '../queue/worker-pulse.js';

/** For a fault of our own that plans no delay. */
const UNPLANNED_RETRY_MS = 1000;

/** Takes cancellations from the queue. What happens to each one stands in `cancellation-run.ts`. */
@Processor(CANCELLATIONS_QUEUE, {
  // The worker starts once it is told how many jobs to take at a time.
  autorun: false,
  // A killed worker's jobs start again when its lock has run out and the next look at the stalled ones comes: within
  // 16 s, and a moment for the pick-up. BullMQ's defaults need a minute.
  lockDuration: LOCK_MS,
  stalledInterval: 4000,
  // A job that takes its worker down is started three times in all.
  maxStalledCount: 2,
  settings: {
    backoffStrategy: (_attemptsMade, _type, error) =>
      error instanceof RetryPlannedError ? error.delayMs : UNPLANNED_RETRY_MS,
  },
})
export class CancellationsProcessor
  extends WorkerHost
  implements OnApplicationBootstrap, BeforeApplicationShutdown
{
  private readonly logger = new Logger(CancellationsProcessor.name);
  private underWay = 0;

  constructor(
    private readonly parts: RunParts,
    private readonly connection: WorkerConnection,
    private readonly readiness: Readiness,
    private readonly pulse: WorkerPulse,
    private readonly canary: Canary,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    this.worker.concurrency = this.parts.environment.WORKER_CONCURRENCY;
    this.readiness.expect('worker', () => this.worker.isRunning() && this.connection.isReady);
    const hasFreeSlot = () => this.underWay < this.parts.environment.WORKER_CONCURRENCY;
    this.pulse.watch(this.worker, this.worker.run(), hasFreeSlot);
    this.canary.watch(hasFreeSlot);
  }

  /** Waits for the attempts under way. With none, and Redis away, there is nothing that a wait could bring about. */
  async beforeApplicationShutdown(): Promise<void> {
    const { ended } = this.parts;
    await this.worker.close(this.underWay === 0 && ended.isEmpty && !this.connection.isReady);
    await ended.close();
  }

  async process(job: CancellationJob, token?: string): Promise<StoredRecord> {
    this.canary.stamp();
    if (job.name === CANARY_JOB) return {};
    this.underWay += 1;
    Object.assign(job.opts, runOptions(this.parts.environment.MAX_ATTEMPTS));
    try {
      const held = new HeldJob(this.parts, job, token ?? '');
      const record = await new CancellationRun(this.parts, held).carry();
      this.parts.ended.add(job, record);
      return storedRecord(record);
    } finally {
      this.underWay -= 1;
    }
  }

  @OnWorkerEvent('completed')
  onCompleted(job: CancellationJob): void {
    if (job.name === CANARY_JOB) return;
    const { ended, metrics } = this.parts;
    ended.confirm(String(job.id));
    const record = recordOf(job);
    const { documentFetchedAt, streamStoppedAt, callEnded, attempts } = record;
    const stoppedAt = documentFetchedAt ?? streamStoppedAt ?? saidStoppedAtOf(record);
    const timeToStopMs = stoppedAt === null ? null : stoppedAt - job.data.createdAt;
    if (timeToStopMs !== null) metrics.timeToStop.observe(timeToStopMs / 1000);
    metrics.cancellations.inc({ status: 'succeeded' });
    this.logger.log('cancellation succeeded', {
      cancellationId: job.id,
      callSid: job.data.callSid,
      attempts: attempts.length,
      timeToStopMs,
      callEnded,
    });
  }

  @OnWorkerEvent('failed')
  onFailed(job: CancellationJob | undefined, error: Error): void {
    if (job?.finishedOn === undefined || job.name === CANARY_JOB) return;
    const { attempts, givenUp } = closedRecordOf(job);
    const status = givenUp === 'deadline' ? 'expired' : 'failed';
    this.parts.metrics.cancellations.inc({ status });
    this.logger.warn(`cancellation ${status}`, {
      cancellationId: job.id,
      callSid: job.data.callSid,
      attempts: attempts.length,
      outcome: attempts.at(-1)?.outcome,
      reason: error.message,
    });
  }

  @OnWorkerEvent('stalled')
  onStalled(cancellationId: string): void {
    this.logger.warn('its worker disappeared; the cancellation starts again', { cancellationId });
  }

  @OnWorkerEvent('lockRenewalFailed')
  onLockRenewalFailed(cancellationIds: string[]): void {
    for (const cancellationId of cancellationIds) {
      this.logger.warn('its lock was lost; another worker may start the cancellation again', {
        cancellationId,
      });
      this.parts.locks.lose(cancellationId);
    }
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    // While Redis is away, the connection says so, once.
    if (this.connection.isReady) this.logger.error('the worker met an error', { error: error.message });
  }
}
