import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { callbackEventOf, EMPTY_CALLBACK_RECORD } from '../../cancellation/callback/callback.js';
import type { CallbackRecord, StoredCallback } from '../../cancellation/callback/callback.js';
import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { viewOf } from '../../cancellation/view.js';
import { RareLine } from '../../platform/logging/rare-line.js';
import { Listing } from '../listing/listing.js';
import { CALLBACKS_QUEUE, DELIVER_JOB } from './callbacks.queue.js';
import type { CallbackJob, CallbackQueue } from './callbacks.queue.js';

/**
 * Only a delivery gives up. A fault of ours is tried again after a while, for as long as the cancellation is kept; so
 * is a job that lost its worker.
 */
const WITHOUT_LIMIT = 1_000_000;
const AFTER_FAULT_MS = 5000;

const UNFINISHED = ['wait', 'active', 'delayed', 'prioritized'] as const;

/** Queues the callbacks of cancellations that have ended, and reads them back. Each is one BullMQ job. */
@Injectable()
export class CallbackJobs {
  private readonly unqueued = new RareLine(
    new Logger(CallbackJobs.name),
    'warn',
    'a callback was not queued yet; it will be',
  );

  constructor(
    @InjectQueue(CALLBACKS_QUEUE) private readonly queue: CallbackQueue,
    private readonly listing: Listing,
  ) {}

  /** Queues the callback of a cancellation that has just ended, if it has one. What fails here is left to the sweep. */
  queueSoon(ended: StoredCancellation): void {
    if (ended.data.callbackUrl === undefined) return;
    this.add(ended).catch((error: unknown) =>
      this.unqueued.write({ cancellationId: ended.id, error: String(error) }),
    );
  }

  /** Queues the callback of a cancellation that has ended. One that is queued already, or was, is left alone. */
  async add(ended: StoredCancellation): Promise<void> {
    const { callbackUrl: url } = ended.data;
    const event = callbackEventOf(viewOf(ended, []).status);
    if (url === undefined || event === null) return;
    await this.queue.add(
      DELIVER_JOB,
      { event, url },
      {
        jobId: ended.id,
        attempts: WITHOUT_LIMIT,
        backoff: { type: 'fixed', delay: AFTER_FAULT_MS },
        stackTraceLimit: 0,
      },
    );
    await this.listing.markCallbackQueued(ended);
  }

  /** @returns null if the cancellation has none, or it is not queued yet; Redis is asked only if it may be */
  async find(stored: StoredCancellation): Promise<StoredCallback | null> {
    if (stored.data.callbackUrl === undefined || stored.finishedAt === null) return null;
    const job = await this.queue.getJob(stored.id);
    return job === undefined ? null : storedCallback(job);
  }

  /** Starts one that is delayed. @returns false if it is not */
  async start(id: string): Promise<boolean> {
    const job = await this.queue.getJob(id);
    if (job === undefined) return false;
    return job.promote().then(
      () => true,
      (error: unknown) => {
        unlessMoved(error);
        return false;
      },
    );
  }

  /**
   * Has the callback of a cancellation that has ended delivered now, whether it was, is waiting to be, or was given up.
   */
  async deliverNow(ended: StoredCancellation): Promise<void> {
    const job = await this.queue.getJob(ended.id);
    if (job === undefined) return this.add(ended);
    const { status } = storedCallback(job);
    // BullMQ refuses what another request has done meanwhile, or what a worker has in its hands.
    if (status === 'pending') return job.promote().catch(unlessMoved);
    // The record is the worker's alone, which starts it anew (`isAskedForAgain`).
    const options = { resetAttemptsMade: true, resetAttemptsStarted: true };
    return job.retry(status === 'delivered' ? 'completed' : 'failed', options).catch(unlessMoved);
  }

  /** Those that have no callback that is still to be delivered. */
  async withoutPending(ended: readonly StoredCancellation[]): Promise<StoredCancellation[]> {
    const areDone = await Promise.all(
      ended.map(async (one) => {
        if (one.data.callbackUrl === undefined) return true;
        const callback = await this.find(one);
        return callback !== null && callback.status !== 'pending';
      }),
    );
    return ended.filter((_, at) => areDone[at]);
  }

  /** Removes the callbacks of cancellations that are gone. A worker removes those that it has in its hands. */
  async remove(gone: readonly StoredCancellation[]): Promise<void> {
    const called = gone.filter(({ data }) => data.callbackUrl !== undefined);
    await Promise.all(called.map(({ id }) => this.queue.remove(id)));
  }

  /** How many are neither delivered nor given up. */
  countPending(): Promise<number> {
    return this.queue.getJobCountByTypes(...UNFINISHED);
  }
}

/** BullMQ's progress is 0 until it is first written. */
export const callbackRecordOf = ({ progress }: Pick<CallbackJob, 'progress'>): CallbackRecord => ({
  ...EMPTY_CALLBACK_RECORD,
  ...(typeof progress === 'object' && progress),
});

/** Whether it starts for the first time since `deliverNow` has put it back into the queue. */
export const isAskedForAgain = ({ attemptsStarted, progress }: CallbackJob): boolean =>
  attemptsStarted === 1 && callbackRecordOf({ progress }).dueSince !== null;

function storedCallback(job: CallbackJob): StoredCallback {
  const record = callbackRecordOf(job);
  if (job.finishedOn === undefined) return { status: 'pending', record };
  return { status: job.returnvalue ? 'delivered' : 'failed', record };
}

/** BullMQ's own refusals have a number as their code. */
function unlessMoved(error: unknown): void {
  if (typeof (error as { readonly code?: unknown }).code !== 'number') throw error;
}
