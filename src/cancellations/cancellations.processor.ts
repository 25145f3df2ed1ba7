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
import type { CallState } from '../signalwire/answer.js';
import { CallNotFoundError, UpdateCallError } from '../signalwire/signalwire.errors.js';
import { RetryPlannedError } from './cancellations.errors.js';
import { CANCELLATIONS_QUEUE, closedRecordOf } from './cancellations.queue.js';
import type { Attempt, CancellationJob, CancellationRecord, GiveUpReason } from './cancellations.queue.js';
import { planRetry } from './retry-policy.js';
import { WorkerPulse } from './worker-pulse.js';

/** For a fault of our own, such as Redis lost in the middle of an attempt, which plans no delay. */
const UNPLANNED_RETRY_MS = 1000;

/** Takes cancellations from the queue and carries each one to its evidence. */
@Processor(CANCELLATIONS_QUEUE, {
  // The worker starts once it is told how many jobs to take at a time.
  autorun: false,
  // A killed worker's jobs start again when its lock has run out and the next look at the stalled ones comes: within
  // 16 s, and a moment for the pick-up. BullMQ's defaults need a minute.
  lockDuration: 12_000,
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
    private readonly environment: ServiceEnvironment,
    private readonly connection: WorkerConnection,
    private readonly links: StopLinks,
    private readonly signalwire: SignalWireClient,
    private readonly inbox: EvidenceInbox,
    private readonly metrics: Metrics,
    private readonly readiness: Readiness,
    private readonly pulse: WorkerPulse,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    this.worker.concurrency = this.environment.WORKER_CONCURRENCY;
    this.readiness.expect('worker', () => this.worker.isRunning() && this.connection.isReady);
    const hasFreeSlot = () => this.underWay < this.environment.WORKER_CONCURRENCY;
    this.pulse.watch(this.worker, this.worker.run(), hasFreeSlot);
  }

  /** Waits for the attempts under way. With none, and Redis away, there is nothing that a wait could bring about. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.close(this.underWay === 0 && !this.connection.isReady);
  }

  /** @param signal aborted once the job is no longer this worker's: from then on another one writes its record */
  async process(job: CancellationJob, _token?: string, signal?: AbortSignal): Promise<CancellationRecord> {
    const hold: Hold = {
      job,
      watch: this.inbox.watch(String(job.id)),
      signal: signal ?? new AbortController().signal,
    };
    this.underWay += 1;
    try {
      return await this.cancel(hold);
    } catch (error) {
      const isPlanned = error instanceof RetryPlannedError || error instanceof UnrecoverableError;
      if (isPlanned || hold.signal.aborted) throw error;
      this.logger.error('attempt broke off', { ...idsOf(job), error: String(error) });
      return await this.retry(hold, closedRecordOf(job));
    } finally {
      this.underWay -= 1;
      hold.watch.close();
    }
  }

  private async cancel(hold: Hold): Promise<CancellationRecord> {
    const { job, watch, signal } = hold;
    const before = closedRecordOf(job);
    // A first start has no predecessor that can have caused a fetch.
    const earlier = job.attemptsStarted > 1 ? await this.inbox.earlier(String(job.id)) : null;
    if (earlier !== null) return succeeded(before, earlier);
    if (Date.now() >= job.data.deadline) return this.giveUp(hold, before, 'deadline');

    const [{ attempt, refusal }] = await Promise.all([
      this.send(job, before.attempts.length + 1),
      this.save(hold, { ...before, sendingSince: Date.now(), nextAttemptAt: null }),
    ]);
    if (refusal !== null) return this.afterRefusal(hold, withAttempt(before, attempt), refusal);

    this.logger.log('attempt accepted', {
      ...idsOf(job),
      number: attempt.number,
      durationMs: attempt.durationMs,
    });
    const acceptedAt = before.acceptedAt ?? attempt.startedAt + attempt.durationMs;
    const accepted = { ...withAttempt(before, attempt), acceptedAt };
    await this.save(hold, accepted);
    const documentFetchedAt = await watch.documentFetched(this.environment.CONFIRMATION_TIMEOUT_MS, signal);
    if (documentFetchedAt === null) {
      const notConfirmed = this.notConfirmed(attempt);
      this.report(job, notConfirmed);
      return this.retry(hold, { ...accepted, attempts: [...before.attempts, notConfirmed] });
    }
    this.report(job, attempt);
    return succeeded(accepted, documentFetchedAt);
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
      const accepted = { outcome: 'accepted', httpStatus, providerCode: null, message: null } as const;
      return { attempt: { ...ended(), ...accepted }, refusal: null };
    } catch (error) {
      if (!(error instanceof UpdateCallError)) throw error;
      const { code: outcome, httpStatus, providerCode, message } = error;
      return { attempt: { ...ended(), outcome, httpStatus, providerCode, message }, refusal: error };
    }
  }

  private async afterRefusal(
    hold: Hold,
    record: CancellationRecord,
    refusal: UpdateCallError,
  ): Promise<CancellationRecord> {
    this.report(hold.job, record.attempts.at(-1));
    await this.save(hold, record);
    // A POST that timed out or was answered with garbage may have been applied all the same.
    const fetchedAt = await this.inbox.earlier(String(hold.job.id));
    if (fetchedAt !== null) return succeeded(record, fetchedAt);
    const call = refusal.callStateDecides ? await this.callState(hold.job) : 'unknown';
    if (call === 'ended') return { ...record, callEnded: true };
    if (call === 'not_found') return this.giveUp(hold, withCallNotFound(record), 'refused');
    return refusal.retryable || call !== 'unknown'
      ? this.retry(hold, record)
      : this.giveUp(hold, record, 'refused');
  }

  /** As SignalWire tells it now; `unknown` where it does not. */
  private async callState({ data }: CancellationJob): Promise<CallState | 'not_found'> {
    try {
      return await this.signalwire.callState(data.callSid);
    } catch (error) {
      if (error instanceof CallNotFoundError) return 'not_found';
      if (error instanceof UpdateCallError) return 'unknown';
      throw error;
    }
  }

  private notConfirmed(attempt: Attempt): Attempt {
    const waited = this.environment.CONFIRMATION_TIMEOUT_MS;
    const message = `SignalWire accepted the update but did not fetch the stop document within ${waited} ms`;
    return { ...attempt, outcome: 'not_confirmed', message };
  }

  /** Lets BullMQ try again after the planned delay, or gives up where no attempt or no time is left. */
  private async retry(hold: Hold, record: CancellationRecord): Promise<never> {
    const { job } = hold;
    const { MAX_ATTEMPTS, BACKOFF_BASE_MS, BACKOFF_CAP_MS } = this.environment;
    const plan = planRetry(job.attemptsMade + 1, job.data.deadline - Date.now(), {
      maxAttempts: job.opts.attempts ?? MAX_ATTEMPTS,
      backoffBaseMs: BACKOFF_BASE_MS,
      backoffCapMs: BACKOFF_CAP_MS,
    });
    if ('giveUp' in plan) return this.giveUp(hold, record, plan.giveUp);

    const nextAttemptAt = Date.now() + plan.delayMs;
    await this.save(hold, { ...record, nextAttemptAt });
    this.logger.log('cancellation retrying', {
      ...idsOf(job),
      outcome: record.attempts.at(-1)?.outcome,
      nextAttemptAt: new Date(nextAttemptAt).toISOString(),
    });
    throw new RetryPlannedError(`attempt ${record.attempts.length} failed`, plan.delayMs);
  }

  private async giveUp(hold: Hold, record: CancellationRecord, reason: GiveUpReason): Promise<never> {
    await this.save(hold, { ...record, nextAttemptAt: null, givenUp: reason });
    // BullMQ's word for a failure that is not to be tried again.
    throw new UnrecoverableError(`given up: ${reason}`);
  }

  private async save({ job, signal }: Hold, record: CancellationRecord): Promise<void> {
    signal.throwIfAborted();
    await job.updateProgress(record);
  }

  private report(job: CancellationJob, attempt: Attempt | undefined): void {
    if (attempt === undefined) return;
    const { message: reason, startedAt: _, ...fields } = attempt;
    this.metrics.attempts.inc({ outcome: attempt.outcome });
    this.logger.log('attempt ended', { ...idsOf(job), ...fields, reason });
  }

  @OnWorkerEvent('completed')
  onCompleted(job: CancellationJob, record: CancellationRecord): void {
    const { documentFetchedAt, callEnded, attempts } = record;
    const timeToStopMs = documentFetchedAt === null ? null : documentFetchedAt - job.data.createdAt;
    if (timeToStopMs !== null) this.metrics.timeToStop.observe(timeToStopMs / 1000);
    this.metrics.cancellations.inc({ status: 'succeeded' });
    this.logger.log('cancellation succeeded', {
      ...idsOf(job),
      attempts: attempts.length,
      timeToStopMs,
      callEnded,
    });
  }

  @OnWorkerEvent('failed')
  onFailed(job: CancellationJob | undefined, error: Error): void {
    if (job?.finishedOn === undefined) return;
    const { attempts, givenUp } = closedRecordOf(job);
    const status = givenUp === 'deadline' ? 'expired' : 'failed';
    this.metrics.cancellations.inc({ status });
    this.logger.warn(`cancellation ${status}`, {
      ...idsOf(job),
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
      this.worker.cancelJob(cancellationId, 'the lock was lost');
    }
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    // While Redis is away, the connection says so, once.
    if (this.connection.isReady) this.logger.error('the worker met an error', { error: error.message });
  }
}

/** A job in this worker's hands. */
interface Hold {
  readonly job: CancellationJob;
  readonly watch: EvidenceWatch;
  readonly signal: AbortSignal;
}

const withAttempt = (record: CancellationRecord, attempt: Attempt): CancellationRecord => ({
  ...record,
  attempts: [...record.attempts, attempt],
  sendingSince: null,
  nextAttemptAt: null,
});

const succeeded = (record: CancellationRecord, documentFetchedAt: number): CancellationRecord => ({
  ...record,
  documentFetchedAt,
  sendingSince: null,
  nextAttemptAt: null,
});

/** What the attempt came to turns out to be the call's absence. */
const withCallNotFound = (record: CancellationRecord): CancellationRecord => ({
  ...record,
  attempts: record.attempts.map((attempt, index) =>
    index === record.attempts.length - 1 ? { ...attempt, outcome: 'call_not_found' } : attempt,
  ),
});

const idsOf = ({ id, data }: CancellationJob) => ({ cancellationId: id, callSid: data.callSid });
