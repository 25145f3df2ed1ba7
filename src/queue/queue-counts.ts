import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { isDenied } from '../platform/redis/redis-rights.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { ApiConnection } from './connections/api.connection.js';
import { countDelayedDueBy, countEndedSince } from './bullmq-layout.js';
import { CANCELLATIONS_QUEUE } from './cancellations.queue.js';
import type { CancellationJob, CancellationQueue } from './cancellations.queue.js';
import { recordOf } from './job-record.js';

const STATES = ['waiting', 'prioritized', 'active', 'delayed', 'completed', 'failed'] as const;

const MINUTE_MS = 60_000;

/** At any moment, some jobs have just become due: a worker takes them at once. */
const OVERDUE_AFTER_MS = 5000;

export interface Throughput {
  readonly succeeded: number;
  readonly failed: number;
}

/**
 * How many jobs there are, and how long the one at the head of the queue has been ready for a worker; null if none is.
 */
export interface Depth {
  readonly counts: Readonly<Record<(typeof STATES)[number], number>>;
  readonly oldestReadyAgeMs: number | null;
}

/** What is to be known of all jobs together. */
export interface QueueCounts extends Depth {
  /** Delayed jobs that have been due for 5 s or longer, and that no worker has taken. */
  readonly overdueDelayed: number;
  /** Null where Redis does not permit CLIENT LIST. */
  readonly workers: number | null;
  readonly paused: boolean;
  /** How many have finished in the last minute and in the last five. */
  readonly throughput: { readonly lastMinute: Throughput; readonly lastFiveMinutes: Throughput };
}

/** Counts the jobs of the queue. */
@Injectable()
export class QueueCounter {
  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    private readonly connection: ApiConnection,
    private readonly clock: SharedClock,
  ) {}

  async read(): Promise<QueueCounts> {
    const now = this.clock.now();
    const [depth, overdueDelayed, workers, paused, lastMinute, lastFiveMinutes] = await Promise.all([
      this.depth(),
      countDelayedDueBy(this.connection.redis, this.queue, now - OVERDUE_AFTER_MS),
      this.countWorkers(),
      this.queue.isPaused(),
      this.throughputSince(now - MINUTE_MS),
      this.throughputSince(now - 5 * MINUTE_MS),
    ]);
    return {
      ...depth,
      overdueDelayed,
      workers,
      paused,
      throughput: { lastMinute, lastFiveMinutes },
    };
  }

  async depth(): Promise<Depth> {
    const [counts, ready] = await Promise.all([
      this.queue.getJobCounts(...STATES),
      this.queue.getJobs(['waiting', 'prioritized'], 0, 0, true) as Promise<CancellationJob[]>,
    ]);
    const now = this.clock.now();
    return {
      counts: counts as Depth['counts'],
      // A job that was started before it was due is ready for less time than its plan says.
      oldestReadyAgeMs: ready.length === 0 ? null : Math.max(0, ...ready.map((job) => now - readySince(job))),
    };
  }

  private async countWorkers(): Promise<number | null> {
    try {
      return await this.queue.getWorkersCount();
    } catch (error) {
      if (isDenied(error)) return null;
      throw error;
    }
  }

  private async throughputSince(epochMs: number): Promise<Throughput> {
    const [succeeded, failed] = await Promise.all([
      countEndedSince(this.connection.redis, this.queue, 'completed', epochMs),
      countEndedSince(this.connection.redis, this.queue, 'failed', epochMs),
    ]);
    return { succeeded, failed };
  }
}

const readySince = (job: CancellationJob): number => recordOf(job).nextAttemptAt ?? job.timestamp;
