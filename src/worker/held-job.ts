import { Logger } from '@nestjs/common';
import { UnrecoverableError } from 'bullmq';
import { RetryPlannedError, WaitPlannedError } from '../api/errors.js';
import { storedRecord } from '../cancellation/record.js';
import { closedRecordOf } from '../queue/job-record.js';
import type { CancellationRecord, GiveUpReason, WaitingFor } from '../cancellation/record.js';
import type { CancellationJob } from '../queue/cancellations.queue.js';
import { lastTryMs, planRetry } from './retry-policy.js';
import type { RunParts } from './run-parts.js';

/** Longer than BullMQ takes to forget a run whose job waits: until then it would take the next one for the same. */
const SHORTEST_WAIT_MS = 50;

/** A job in this worker's hands: its record, and what comes next for it. */
export class HeldJob {
  private readonly logger = new Logger(HeldJob.name);
  /** Aborted once the job is no longer this worker's: from then on another one writes its record. */
  readonly signal: AbortSignal;
  readonly release: () => void;
  /** As it stands in this run; it is written by `save`, and with the end of the job. */
  record: CancellationRecord;

  constructor(
    private readonly parts: RunParts,
    readonly job: CancellationJob,
    readonly token: string,
  ) {
    this.record = closedRecordOf(job);
    const { signal, release } = parts.locks.hold(job, token);
    this.signal = signal;
    this.release = release;
  }

  get ids() {
    return { cancellationId: this.job.id, callSid: this.job.data.callSid };
  }

  isTooLate(): boolean {
    return this.parts.clock.now() >= this.job.data.deadline;
  }

  /** @throws {LockLostError} */
  async save(record: CancellationRecord): Promise<void> {
    this.signal.throwIfAborted();
    await this.parts.records.save(this.job, this.token, storedRecord(record));
    this.record = record;
  }

  /** The job has this record now, written by another script than `save`. */
  wasSaved(record: CancellationRecord): void {
    this.job.progress = storedRecord(record);
    this.record = record;
  }

  /** Lets BullMQ try again after the planned delay, or gives up where no attempt or no time is left. */
  async retry(retryAfterMs: number | null = null): Promise<never> {
    const { clock, environment } = this.parts;
    const { createdAt, deadline } = this.job.data;
    const plan = planRetry(
      this.job.attemptsMade + 1,
      {
        untilDeadlineMs: deadline - clock.now(),
        lastTryMs: lastTryMs(deadline - createdAt),
        retryAfterMs,
      },
      {
        maxAttempts: environment.MAX_ATTEMPTS,
        backoffBaseMs: environment.BACKOFF_BASE_MS,
        backoffCapMs: environment.BACKOFF_CAP_MS,
      },
    );
    if ('giveUp' in plan) return this.giveUp(plan.giveUp);

    const nextAttemptAt = clock.now() + plan.delayMs;
    await this.save({ ...this.record, nextAttemptAt, waitingFor: 'backoff' });
    this.logger.log('cancellation retrying', {
      ...this.ids,
      outcome: this.record.attempts.at(-1)?.outcome,
      nextAttemptAt: new Date(nextAttemptAt).toISOString(),
    });
    throw new RetryPlannedError(`attempt ${this.record.attempts.length} failed`, plan.delayMs);
  }

  /** Has the job start its next attempt later without using one up, or gives up where no time is left for one that can count. */
  async waitForTry(delayMs: number): Promise<never> {
    const { createdAt, deadline } = this.job.data;
    const roomMs = deadline - lastTryMs(deadline - createdAt) - this.parts.clock.now();
    return roomMs > 0 ? this.wait('backoff', Math.min(delayMs, roomMs)) : this.giveUp('deadline');
  }

  /**
   * Has the job start again later without using up an attempt, at its deadline at the latest.
   *
   * @param expectedInMs when it is expected to be woken before `delayMs` is over
   */
  async wait(waitingFor: WaitingFor, delayMs: number, expectedInMs = delayMs): Promise<never> {
    const now = this.parts.clock.now();
    const rest = Math.min(Math.ceil(delayMs), this.job.data.deadline - now);
    const waitMs = Math.max(SHORTEST_WAIT_MS, rest);
    const nextAttemptAt = now + Math.min(waitMs, Math.max(0, expectedInMs));
    await this.save({ ...this.record, nextAttemptAt, waitingFor });
    throw new WaitPlannedError(waitingFor, waitMs);
  }

  async giveUp(reason: GiveUpReason): Promise<never> {
    await this.save({ ...this.record, sendingSince: null, nextAttemptAt: null, givenUp: reason });
    // BullMQ's word for a failure that is not to be tried again.
    throw new UnrecoverableError(`given up: ${reason}`);
  }
}
