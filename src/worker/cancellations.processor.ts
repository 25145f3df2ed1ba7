import { setTimeout } from 'node:timers/promises';
import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { DelayedError, UnrecoverableError } from 'bullmq';
import { ServiceEnvironment } from '../config/service.environment.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { spans } from '../platform/trace/spans.js';
import { traced, tracedHere } from '../platform/trace/trace.js';
import { changeWorker } from '../queue/bullmq-worker.js';
import { CANCELLATIONS_QUEUE } from '../queue/cancellations.queue.js';
import type { CancellationJob, JobResult } from '../queue/cancellations.queue.js';
import { endReason } from '../queue/finished/end-reason.js';
import { resultOf } from '../queue/job-record.js';
import { LOCK_MS } from '../queue/locks/job-locks.js';
import type { Lease } from '../queue/lease.js';
import { Leases } from '../queue/leases.js';
import { WorkerConnection } from '../queue/connections/worker.connection.js';
import { WorkerPulse } from '../queue/worker-pulse.js';
import { EndReport } from './end-report.js';
import { Runs } from './runs.js';

/** How soon a run that broke off is tried again. */
const BROKEN_OFF_MS = 1000;

/**
 * Takes jobs from BullMQ and gives them back. What happens to a cancellation is in `run.ts`; only this class turns what
 * comes next into BullMQ's terms.
 */
@Processor(CANCELLATIONS_QUEUE, {
  // Started in `onApplicationBootstrap`, which knows the concurrency.
  autorun: false,
  // A killed worker's jobs start again once the lock has run out and the next check for stalled jobs comes: within 16
  // s.
  lockDuration: LOCK_MS,
  stalledInterval: 4000,
  // A job that takes its worker down is started three times in all.
  maxStalledCount: 2,
  telemetry: spans()?.queues,
})
export class CancellationsProcessor
  extends WorkerHost
  implements OnApplicationBootstrap, BeforeApplicationShutdown
{
  private readonly logger = new Logger(CancellationsProcessor.name);
  private readonly unsaved = new RareLine(this.logger, 'error', "could not save the run's result; retrying");
  private readonly workerErrors = new RareLine(this.logger, 'error', 'worker error');
  private readonly underWay = new Set<Lease>();

  constructor(
    private readonly runs: Runs,
    private readonly leases: Leases,
    private readonly ends: EndReport,
    private readonly environment: ServiceEnvironment,
    private readonly connection: WorkerConnection,
    private readonly clock: SharedClock,
    private readonly pulse: WorkerPulse,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    const { WORKER_CONCURRENCY } = this.environment;
    this.worker.concurrency = WORKER_CONCURRENCY;
    changeWorker(this.worker, { clock: this.clock, onAnswer: this.pulse.beat });
    this.pulse.watch(this.worker, this.worker.run(), () => this.underWay.size < WORKER_CONCURRENCY);
  }

  /** Waits for the runs under way. With none, and Redis away, there is nothing to wait for. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.close(this.underWay.size === 0 && !this.connection.isReady);
  }

  /** @returns what is not in the job's progress yet, of a cancellation that has succeeded */
  process(job: CancellationJob, token = ''): Promise<JobResult> {
    return tracedHere(job.data, () => this.run(this.leases.take(job, token)));
  }

  private async run(lease: Lease): Promise<JobResult> {
    this.underWay.add(lease);
    try {
      const { record, next } = await this.runs
        .run(lease)
        .catch((error: unknown) => this.giveBack(lease, error));
      if (next.kind === 'succeed') return resultOf(lease.latest, record);
      if (next.kind === 'give_up') throw new UnrecoverableError(endReason(record, next.reason));
      throw new DelayedError();
    } finally {
      lease.release();
      this.underWay.delete(lease);
    }
  }

  /**
   * What comes next could not be written. An accepted cancellation never fails for that: it is tried again until it can
   * be.
   */
  private async giveBack(lease: Lease, error: unknown): Promise<never> {
    this.unsaved.write({ ...lease.ids, error: String(error) });
    while (!lease.signal.aborted) {
      try {
        await lease.saveUnsaved();
        await lease.sleep(BROKEN_OFF_MS);
        throw new DelayedError();
      } catch (failure) {
        if (failure instanceof DelayedError) throw failure;
        await setTimeout(BROKEN_OFF_MS);
      }
    }
    throw lease.signal.reason;
  }

  @OnWorkerEvent('completed')
  onCompleted(job: CancellationJob): void {
    traced(job.data, () => {
      this.leases.ended(job);
      this.ends.succeeded(job);
    });
  }

  @OnWorkerEvent('failed')
  onFailed(job: CancellationJob | undefined, error: Error): void {
    if (job?.finishedOn === undefined) return;
    traced(job.data, () => {
      this.leases.ended(job);
      this.ends.failed(job, error);
    });
  }

  @OnWorkerEvent('stalled')
  onStalled(cancellationId: string): void {
    this.logger.warn('worker lost; the cancellation starts again', { cancellationId });
  }

  @OnWorkerEvent('lockRenewalFailed')
  onLockRenewalFailed(cancellationIds: string[]): void {
    for (const cancellationId of cancellationIds) {
      const lease = [...this.underWay].find(({ id }) => id === cancellationId);
      traced(lease?.data ?? {}, () =>
        this.logger.warn('lock lost; another worker may start the cancellation again', { cancellationId }),
      );
      this.leases.lose(cancellationId);
    }
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    // While Redis is away, the connection says so, once.
    if (this.connection.isReady) this.workerErrors.write({ error: error.message });
  }
}
