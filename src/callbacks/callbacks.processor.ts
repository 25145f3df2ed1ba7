import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { DelayedError, UnrecoverableError } from 'bullmq';
import { withCallbackAttempt } from '../cancellation/callback/callback.js';
import type { CallbackRecord } from '../cancellation/callback/callback.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { traced } from '../platform/trace/trace.js';
import { changeWorker } from '../queue/bullmq-worker.js';
import { Cancellations } from '../queue/cancellations.js';
import { callbackRecordOf } from '../queue/callbacks/callback-jobs.js';
import { CALLBACKS_QUEUE } from '../queue/callbacks/callbacks.queue.js';
import type { CallbackJob, CallbackResult } from '../queue/callbacks/callbacks.queue.js';
import { WorkerConnection } from '../queue/connections/worker.connection.js';
import { BusyHosts, MOST_PER_HOST } from './busy-hosts.js';
import { CallbackReport } from './callback.report.js';
import { Deliveries } from './deliveries.js';
import type { Delivery } from './deliveries.js';
import { deferralMs, waitMs } from './retry-policy.js';

/** Takes the callbacks from BullMQ, and gives them back when they are to be tried again. */
@Processor(CALLBACKS_QUEUE, {
  // Started in `onApplicationBootstrap`, when everything is there.
  autorun: false,
  concurrency: 10 * MOST_PER_HOST,
  // A killed worker's callbacks start again once the lock has run out and the next check for stalled jobs comes.
  lockDuration: 15_000,
  stalledInterval: 5000,
  // A callback takes no worker down, so one that was there each time by chance goes on.
  maxStalledCount: 10,
})
export class CallbacksProcessor
  extends WorkerHost
  implements OnApplicationBootstrap, BeforeApplicationShutdown
{
  private readonly workerErrors = new RareLine(
    new Logger(CallbacksProcessor.name),
    'error',
    'callback worker error',
  );
  private readonly hosts = new BusyHosts();
  private underWay = 0;

  constructor(
    private readonly cancellations: Cancellations,
    private readonly deliveries: Deliveries,
    private readonly report: CallbackReport,
    private readonly connection: WorkerConnection,
    private readonly clock: SharedClock,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    changeWorker(this.worker, { clock: this.clock, onAnswer: () => undefined });
    void this.worker.run().catch(this.onError);
  }

  /** Waits for the attempts under way. With none, and Redis away, there is nothing to wait for. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.close(this.underWay === 0 && !this.connection.isReady);
  }

  async process(job: CallbackJob, token = ''): Promise<CallbackResult> {
    const record = callbackRecordOf(job);
    const leave = this.hosts.enter(new URL(job.data.url).host);
    if (leave === null)
      return this.sleep(job, token, deferralMs(job.attemptsStarted - 1 - record.attemptsMade));
    this.underWay += 1;
    try {
      return await this.deliver(job, token, record);
    } finally {
      this.underWay -= 1;
      leave();
    }
  }

  private async deliver(job: CallbackJob, token: string, record: CallbackRecord): Promise<CallbackResult> {
    const ended = await this.cancellations.find(String(job.id));
    if (ended === null) throw new UnrecoverableError('its cancellation is no longer kept');
    return traced(ended.data, () => this.attempt(job, token, record, ended));
  }

  private async attempt(
    job: CallbackJob,
    token: string,
    record: CallbackRecord,
    ended: StoredCancellation,
  ): Promise<CallbackResult> {
    const delivery = await this.deliveries.attempt(ended, job.data.url);
    const { attempt } = delivery;
    const afterMs = afterAttempt(record, delivery);
    const nextAttemptAt = afterMs === null ? null : attempt.startedAt + attempt.durationMs + afterMs;
    await job.updateProgress(withCallbackAttempt(record, attempt, nextAttemptAt));
    this.report.attempted(subjectOf(job), attempt, nextAttemptAt);
    if (attempt.outcome === 'delivered') return 'delivered';
    if (afterMs === null) throw new UnrecoverableError(attempt.message ?? attempt.outcome);
    return this.sleep(job, token, afterMs);
  }

  /** By this machine's clock, as BullMQ reads it. */
  private async sleep(job: CallbackJob, token: string, forMs: number): Promise<never> {
    await job.moveToDelayed(Date.now() + forMs, token);
    throw new DelayedError();
  }

  @OnWorkerEvent('error')
  onWorkerError(error: Error): void {
    this.onError(error);
  }

  /** While Redis is away, the connection says so, once. */
  private readonly onError = (error: unknown): void => {
    if (this.connection.isReady) this.workerErrors.write({ error: String(error) });
  };
}

/** @returns how long to wait for another attempt; null if there is none */
function afterAttempt(record: CallbackRecord, { attempt, retryAfterMs }: Delivery): number | null {
  if (attempt.outcome === 'delivered' || attempt.outcome === 'gone') return null;
  const forMs = attempt.startedAt + attempt.durationMs - (record.dueSince ?? attempt.startedAt);
  return waitMs({ attempts: record.attemptsMade + 1, forMs }, retryAfterMs);
}

const subjectOf = ({ id, data }: CallbackJob) => ({
  cancellationId: String(id),
  event: data.event,
  host: new URL(data.url).host,
});
