import { InjectQueue } from '@nestjs/bullmq';
import { Inject, Injectable } from '@nestjs/common';
import type { RedisClient } from '../platform/redis/connection/client.js';
import { namedStreamKey } from '../cancellation/keys.js';
import { newlyStored } from '../cancellation/stored-cancellation.js';
import type { NewCancellation, StoredCancellation } from '../cancellation/stored-cancellation.js';
import { inSlices } from '../platform/in-slices.js';
import { endedBy, firstEndedAt, lockKey } from './bullmq-layout.js';
import type { FinishedState } from './bullmq-layout.js';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE } from './cancellations.queue.js';
import type { CancellationJob, CancellationQueue } from './cancellations.queue.js';
import { storedCancellation } from './job-record.js';
import { queueAnswerLost, queueUnavailable } from './queue.errors.js';
import { hadNoEffect } from './connections/refusal.js';
import { QUEUE_REDIS } from './tokens.js';
import { WakeTimes } from './wake-times.js';

/** BullMQ starts jobs without a priority first. */
export const AFTER_FRESH_ONES = 1;

/** How many commands are made before other requests run. Each slice waits for Redis, so there are few. */
const AT_ONCE = 250;

/**
 * BullMQ fails a job whose end cannot be written, for example because Redis is full, and that must not be its end: only
 * a run gives up.
 */
const WITHOUT_LIMIT = 1_000_000;

/** A cancellation as a BullMQ job. While a job is unfinished, BullMQ adds no other with the same deduplication id. */
export const jobOf = ({ id, data, startsLater = false }: NewCancellation) => ({
  name: CANCEL_STREAM_JOB as typeof CANCEL_STREAM_JOB,
  data,
  opts: {
    jobId: id,
    deduplication: { id: namedStreamKey(data) },
    attempts: WITHOUT_LIMIT,
    // Nobody who looks at a job needs to know where in our code it was given up.
    stackTraceLimit: 0,
    ...(startsLater && { priority: AFTER_FRESH_ONES }),
  },
});

/** Queues cancellations and reads them back. Each is one BullMQ job. */
@Injectable()
export class Cancellations {
  private readonly wakeTimes: WakeTimes;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    @Inject(QUEUE_REDIS) private readonly redis: RedisClient,
  ) {
    this.wakeTimes = new WakeTimes(queue, redis);
  }

  /**
   * Queues each cancellation, unless the same stream has an unfinished one already, which then stands for it. Adding an
   * id again changes nothing, so it is safe to repeat.
   *
   * @returns what stands for each, in order: itself or the earlier one
   * @throws {ApiError} `queue_unavailable`: nothing was queued
   * @throws {ApiError} `queue_answer_lost`: some may have been queued
   */
  async add(cancellations: readonly NewCancellation[]): Promise<StoredCancellation[]> {
    const results = await inSlices(
      cancellations,
      (cancellation) => this.addOne(cancellation).catch((error: Error) => error),
      AT_ONCE,
    );
    const errors = results.filter((result) => result instanceof Error);
    const [error] = errors;
    if (error === undefined) return results.flatMap((result) => (result instanceof Error ? [] : [result]));
    const nothingQueued = errors.length === results.length && errors.every(hadNoEffect);
    throw nothingQueued ? queueUnavailable(error) : queueAnswerLost(error);
  }

  /** Ends a pause that was made with BullMQ itself; the service has its own. @returns whether there was one */
  async resume(): Promise<boolean> {
    const wasPaused = await this.queue.isPaused();
    if (wasPaused) await this.queue.resume();
    return wasPaused;
  }

  /**
   * The job's lock tells whether a worker has it: BullMQ's `getState` would search the whole list of waiting jobs. The
   * lock is read first; if the job ends in between, its record says so.
   */
  async find(id: string): Promise<StoredCancellation | null> {
    const [locks, job] = await Promise.all([
      this.redis.exists(lockKey(this.queue, id)),
      this.queue.getJob(id) as Promise<CancellationJob | undefined>,
    ]);
    return job === undefined ? null : storedCancellation(job, locks === 1);
  }

  /** @returns one per id, in order; null for one that is not there any more */
  findMany(ids: readonly string[]): Promise<(StoredCancellation | null)[]> {
    return inSlices(ids, (id) => this.find(id), AT_ONCE);
  }

  /** Starts those that wait for a delay to end; any other is left alone. */
  async startNow(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.start(id)));
  }

  /** Starts the first that waits for a delay to end. */
  async startOne(ids: readonly string[]): Promise<void> {
    for (const id of ids) if (await this.start(id)) return;
  }

  /** @param latest starts those that should have started by then and sleep; epoch milliseconds, by the shared clock */
  async startOverdue(latest: number, most: number): Promise<void> {
    await this.startNow(await this.wakeTimes.overslept(latest, most));
  }

  /**
   * Removes the oldest cancellations that ended as `state` until then.
   *
   * @param before epoch milliseconds
   * @returns at most `most` of them, as they were
   */
  async removeFinished(state: FinishedState, before: number, most: number): Promise<StoredCancellation[]> {
    // With nothing to remove, BullMQ still writes an event, which a full Redis refuses.
    const ids = await endedBy(this.redis, this.queue, state, before, most);
    if (ids.length === 0) return [];
    const found = await this.findMany(ids);
    // `Queue.clean` would go by this machine's clock.
    const removed = new Set(await this.queue.backend.cleanJobsByState(state, before, most));
    return found.filter((stored) => stored !== null && removed.has(stored.id)) as StoredCancellation[];
  }

  /**
   * @param before epoch milliseconds
   * @param skipped how many of each state to pass over, the oldest ones
   * @returns the oldest cancellations of the state whose oldest one has ended longest ago; empty if none has by then
   */
  async oldestFinished(
    before: number,
    most: number,
    skipped: Readonly<Record<FinishedState, number>>,
  ): Promise<{ readonly state: FinishedState; readonly oldest: readonly StoredCancellation[] }> {
    const [completed, failed] = await Promise.all([
      firstEndedAt(this.redis, this.queue, 'completed', skipped.completed),
      firstEndedAt(this.redis, this.queue, 'failed', skipped.failed),
    ]);
    const state = completed <= failed ? 'completed' : 'failed';
    const ids = await endedBy(this.redis, this.queue, state, before, most, skipped[state]);
    const found = await this.findMany(ids);
    return { state, oldest: found.filter((stored) => stored !== null) };
  }

  /** Removes cancellations that have ended. */
  async remove(ended: readonly StoredCancellation[]): Promise<void> {
    await inSlices(ended, ({ id }) => this.queue.remove(id), AT_ONCE);
  }

  private async start(id: string): Promise<boolean> {
    const job = await this.queue.getJob(id);
    if (job === undefined) return false;
    // BullMQ refuses to promote a job that is not delayed.
    return job.promote().then(
      () => true,
      () => false,
    );
  }

  private async addOne(cancellation: NewCancellation): Promise<StoredCancellation> {
    const { name, data, opts } = jobOf(cancellation);
    const added = await this.queue.add(name, data, opts);
    if (added.id === cancellation.id) return newlyStored(cancellation);
    const earlier = await this.find(String(added.id));
    if (earlier !== null && !isStuck(earlier, data.createdAt)) return earlier;
    const job = await this.queue.getJob(String(added.id));
    await job?.removeDeduplicationKey();
    return this.addOne(cancellation);
  }
}

/** It will not stop the stream: it was withdrawn, or its deadline has passed and no worker has come to end it. */
const isStuck = ({ data, record, isActive, finishedAt }: StoredCancellation, now: number): boolean =>
  record.withdrawnAt !== null || (!isActive && finishedAt === null && data.deadline <= now);
