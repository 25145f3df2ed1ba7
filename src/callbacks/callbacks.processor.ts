import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { DelayedError, UnrecoverableError } from 'bullmq';
import { withCallbackAttempt, withRedelivery } from '../cancellation/callback/callback.js';
import type { CallbackAttempt, CallbackRecord } from '../cancellation/callback/callback.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { traced } from '../platform/trace/trace.js';
import { changeWorker } from '../queue/bullmq-worker.js';
import { Cancellations } from '../queue/cancellations.js';
import { CallbackJobs, callbackRecordOf, isAskedForAgain } from '../queue/callbacks/callback-jobs.js';
import { CALLBACKS_QUEUE } from '../queue/callbacks/callbacks.queue.js';
import type { CallbackJob, CallbackResult } from '../queue/callbacks/callbacks.queue.js';
import { WorkerConnection } from '../queue/connections/worker.connection.js';
import { BusyHosts, MOST_AT_ONCE } from './busy-hosts.js';
import { CallbackReport } from './callback.report.js';
import { Deliveries } from './deliveries.js';
import type { Delivery } from './deliveries.js';
import { placeWaitMs, waitMs } from './retry-policy.js';

/** Takes the callbacks from BullMQ, and gives them back when they are to be tried again. */
@Processor(CALLBACKS_QUEUE, {
  // Started in `onApplicationBootstrap`, when everything is there.
  autorun: false,
  concurrency: MOST_AT_ONCE,
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
    private readonly callbacks: CallbackJobs,
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
    const record = await recordAtStart(job);
    const host = hostOf(job);
    if (!this.hosts.enter(host, String(job.id))) return this.waitForPlace(job, token, host);
    this.underWay += 1;
    try {
      return await this.deliver(job, token, record);
    } finally {
      this.underWay -= 1;
      this.startWaiting(host, this.hosts.leave(host));
    }
  }

  /**
   * The next one to leave the host starts it. It starts by itself only if this process ends, or another one had no
   * place for it.
   */
  private async waitForPlace(job: CallbackJob, token: string, host: string): Promise<never> {
    const until = Date.now() + placeWaitMs();
    await job.moveToDelayed(until, token);
    this.startWaiting(host, this.hosts.wait(host, String(job.id), until));
    throw new DelayedError();
  }

  private startWaiting(host: string, count: number): void {
    for (let started = 0; started < count; started += 1) this.startNext(host).catch(this.onError);
  }

  private async startNext(host: string): Promise<void> {
    let id = this.hosts.next(host, Date.now());
    while (id !== null && !(await this.callbacks.start(id))) id = this.hosts.next(host, Date.now());
  }

  private async deliver(job: CallbackJob, token: string, record: CallbackRecord): Promise<CallbackResult> {
    const ended = await this.cancellations.find(String(job.id));
    if (ended === null) {
      removeAtEnd(job);
      throw new UnrecoverableError('its cancellation is no longer kept');
    }
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
    const host = hostOf(job);
    this.startWaiting(host, this.hosts.heard(host, isAnswered(attempt)));
    const afterMs = afterAttempt(record, delivery);
    const nextAttemptAt = afterMs === null ? null : attempt.startedAt + attempt.durationMs + afterMs;
    await job.updateProgress(withCallbackAttempt(record, attempt, nextAttemptAt));
    this.report.attempted(subjectOf(job), attempt, nextAttemptAt);
    const isLast = nextAttemptAt === null;
    if (isLast && (await this.cancellations.find(ended.id)) === null) removeAtEnd(job);
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

/** Its cancellation was removed, and this one could not be, because it was in the hands of a worker. */
function removeAtEnd({ opts }: CallbackJob): void {
  opts.removeOnComplete = true;
  opts.removeOnFail = true;
}

/** One that somebody has asked for again has as much time as at first. */
async function recordAtStart(job: CallbackJob): Promise<CallbackRecord> {
  const record = callbackRecordOf(job);
  if (!isAskedForAgain(job)) return record;
  const renewed = withRedelivery(record);
  await job.updateProgress(renewed);
  return renewed;
}

/** @returns how long to wait for another attempt; null if there is none */
function afterAttempt(record: CallbackRecord, { attempt, retryAfterMs }: Delivery): number | null {
  if (attempt.outcome === 'delivered' || attempt.outcome === 'gone') return null;
  const forMs = attempt.startedAt + attempt.durationMs - (record.dueSince ?? attempt.startedAt);
  return waitMs({ attempts: record.attemptsMade + 1, forMs }, retryAfterMs);
}

/** Without its port, because all ports of a machine fail together. */
const hostOf = ({ data }: CallbackJob): string => new URL(data.url).hostname;

/** An answer, or a refusal of ours, keeps nobody waiting. */
const isAnswered = ({ outcome, httpStatus }: CallbackAttempt): boolean =>
  httpStatus !== null || outcome === 'not_allowed';

const subjectOf = ({ id, data }: CallbackJob) => ({
  cancellationId: String(id),
  event: data.event,
  host: new URL(data.url).host,
});
