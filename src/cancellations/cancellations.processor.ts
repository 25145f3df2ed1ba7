import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { UnrecoverableError } from 'bullmq';
import { ServiceEnvironment } from '../config/service.environment.js';
import { StopLinks } from '../documents/stop-links.js';
import { EvidenceInbox } from '../evidence/evidence.inbox.js';
import type { EvidenceWatch } from '../evidence/evidence.inbox.js';
import { Metrics } from '../monitoring/metrics.js';
import { Readiness } from '../monitoring/readiness.js';
import { WorkerConnection } from '../redis/worker.connection.js';
import { SignalWireClient } from '../signalwire/signalwire.client.js';
import { UpdateCallError } from '../signalwire/signalwire.errors.js';
import { RetryPlannedError } from './cancellations.errors.js';
import { CANCELLATIONS_QUEUE, recordOf } from './cancellations.queue.js';
import type { Attempt, CancellationJob, CancellationRecord, GiveUpReason } from './cancellations.queue.js';
import { planRetry } from './retry-policy.js';

/** For a fault of our own, such as Redis lost in the middle of an attempt, which plans no delay. */
const UNPLANNED_RETRY_MS = 1000;

/** Takes cancellations from the queue and carries each one to its evidence. */
@Processor(CANCELLATIONS_QUEUE, {
  // The worker starts once it is told how many jobs to take at a time.
  autorun: false,
  // A killed worker's jobs start again within 20 s; BullMQ's defaults need a minute.
  lockDuration: 15_000,
  stalledInterval: 5000,
  maxStalledCount: 3,
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
    private readonly environment: ServiceEnvironment,
    private readonly connection: WorkerConnection,
    private readonly links: StopLinks,
    private readonly signalwire: SignalWireClient,
    private readonly inbox: EvidenceInbox,
    private readonly metrics: Metrics,
    private readonly readiness: Readiness,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    this.worker.concurrency = this.environment.WORKER_CONCURRENCY;
    this.readiness.expect('worker', () => this.worker.isRunning() && this.connection.isReady);
    this.worker
      .run()
      .catch((error: unknown) => this.logger.error('the worker stopped', { error: String(error) }));
  }

  /** Waits for the attempts under way. With none, and Redis away, there is nothing that a wait could bring about. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.close(this.underWay === 0 && !this.connection.isReady);
  }

  async process(job: CancellationJob): Promise<CancellationRecord> {
    const watch = this.inbox.watch(String(job.id));
    this.underWay += 1;
    try {
      return await this.cancel(job, watch);
    } finally {
      this.underWay -= 1;
      watch.close();
    }
  }

  private async cancel(job: CancellationJob, watch: EvidenceWatch): Promise<CancellationRecord> {
    const before = recordOf(job);
    // A first start has no predecessor that can have caused a fetch.
    const earlier = job.attemptsStarted > 1 ? await this.inbox.earlier(String(job.id)) : null;
    if (earlier !== null) return this.succeed(job, before, earlier);
    if (Date.now() >= job.data.deadline) return this.giveUp(job, before, 'deadline');

    const { attempt, refusal } = await this.send(job, before.attempts.length + 1);
    if (refusal !== null) {
      // A POST that timed out or was answered with garbage may have been applied all the same.
      const fetchedAt = await this.inbox.earlier(String(job.id));
      const refused = { ...before, attempts: [...before.attempts, attempt] };
      if (fetchedAt !== null) return this.succeed(job, refused, fetchedAt);
      return refusal.retryable ? this.retry(job, refused) : this.giveUp(job, refused, 'refused');
    }

    const acceptedAt = before.acceptedAt ?? attempt.startedAt + attempt.durationMs;
    const accepted = { ...before, attempts: [...before.attempts, attempt], acceptedAt, nextAttemptAt: null };
    await job.updateProgress(accepted);
    const documentFetchedAt = await watch.documentFetched(this.environment.CONFIRMATION_TIMEOUT_MS);
    if (documentFetchedAt !== null) return this.succeed(job, accepted, documentFetchedAt);

    return this.retry(job, { ...accepted, attempts: [...before.attempts, this.notConfirmed(attempt)] });
  }

  /** One POST to Update a Call, and what came of it. */
  private async send(
    job: CancellationJob,
    number: number,
  ): Promise<{ attempt: Attempt; refusal: UpdateCallError | null }> {
    const { callSid, streamName, then, deadline } = job.data;
    const links = this.links.linksTo({ cancellationId: String(job.id), streamName, then }, deadline);
    const startedAt = Date.now();
    const start = performance.now();
    const ended = () => ({ number, startedAt, durationMs: Math.round(performance.now() - start) });
    try {
      const httpStatus = await this.signalwire.updateCall(callSid, links);
      const attempt: Attempt = {
        ...ended(),
        outcome: 'accepted',
        httpStatus,
        providerCode: null,
        message: null,
      };
      this.report(job, attempt);
      return { attempt, refusal: null };
    } catch (error) {
      if (!(error instanceof UpdateCallError)) throw error;
      const { code, httpStatus, providerCode, message } = error;
      const attempt: Attempt = { ...ended(), outcome: code, httpStatus, providerCode, message };
      this.report(job, attempt);
      return { attempt, refusal: error };
    }
  }

  private notConfirmed(attempt: Attempt): Attempt {
    const waited = this.environment.CONFIRMATION_TIMEOUT_MS;
    const message = `SignalWire accepted the update but did not fetch the stop document within ${waited} ms`;
    return { ...attempt, outcome: 'not_confirmed', message };
  }

  private succeed(
    job: CancellationJob,
    record: CancellationRecord,
    documentFetchedAt: number,
  ): CancellationRecord {
    const timeToStopMs = documentFetchedAt - job.data.createdAt;
    this.metrics.timeToStop.observe(timeToStopMs / 1000);
    this.logger.log('cancellation succeeded', {
      ...idsOf(job),
      attempts: record.attempts.length,
      timeToStopMs,
    });
    return { ...record, documentFetchedAt, nextAttemptAt: null };
  }

  /** Lets BullMQ try again after the planned delay, or gives up where no attempt is left or none fits before the deadline. */
  private async retry(job: CancellationJob, record: CancellationRecord): Promise<never> {
    const { MAX_ATTEMPTS, BACKOFF_BASE_MS, BACKOFF_CAP_MS } = this.environment;
    const plan = planRetry(job.attemptsMade + 1, job.data.deadline - Date.now(), {
      maxAttempts: job.opts.attempts ?? MAX_ATTEMPTS,
      backoffBaseMs: BACKOFF_BASE_MS,
      backoffCapMs: BACKOFF_CAP_MS,
    });
    if ('giveUp' in plan) return this.giveUp(job, record, plan.giveUp);

    const nextAttemptAt = Date.now() + plan.delayMs;
    await job.updateProgress({ ...record, nextAttemptAt });
    this.logger.log('cancellation retrying', {
      ...idsOf(job),
      nextAttemptAt: new Date(nextAttemptAt).toISOString(),
    });
    throw new RetryPlannedError(`attempt ${record.attempts.length} failed`, plan.delayMs);
  }

  private async giveUp(
    job: CancellationJob,
    record: CancellationRecord,
    reason: GiveUpReason,
  ): Promise<never> {
    await job.updateProgress({ ...record, nextAttemptAt: null, givenUp: reason });
    this.logger.warn(reason === 'deadline' ? 'cancellation expired' : 'cancellation failed', {
      ...idsOf(job),
      attempts: record.attempts.length,
      outcome: record.attempts.at(-1)?.outcome,
    });
    // BullMQ's word for a failure that is not to be tried again.
    throw new UnrecoverableError(`given up: ${reason}`);
  }

  private report(job: CancellationJob, attempt: Attempt): void {
    this.metrics.attempts.inc({ outcome: attempt.outcome });
    const { message: reason, startedAt: _, ...fields } = attempt;
    this.logger.log('attempt ended', { ...idsOf(job), ...fields, reason });
  }

  @OnWorkerEvent('stalled')
  onStalled(cancellationId: string): void {
    this.logger.warn('its worker disappeared; the cancellation starts again', { cancellationId });
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.logger.warn('the worker cannot use the queue', { error: error.message });
  }
}

const idsOf = ({ id, data }: CancellationJob) => ({ cancellationId: id, callSid: data.callSid });
