import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { ApiConnection } from '../redis/api.connection.js';
import { answeredInTime } from './answered-in-time.js';
import { CANCELLATIONS_QUEUE, recordOf } from './cancellations.queue.js';
import type { CancellationJob, CancellationQueue } from './cancellations.queue.js';

const STATES = ['waiting', 'prioritized', 'active', 'delayed', 'completed', 'failed'] as const;

/** BullMQ orders delayed jobs by their due time in milliseconds times this, plus a sequence number. */
const DELAYED_SCORE_FACTOR = 0x1000;

const MINUTE_MS = 60_000;

export interface Throughput {
  readonly succeeded: number;
  readonly failed: number;
}

/** How much waits, and for how long: what an operator watches. */
export interface QueueDepth {
  readonly counts: Readonly<Record<(typeof STATES)[number], number>>;
  /** How long the job at the head of the queue has been ready for a worker; null where none is. */
  readonly oldestReadyAgeMs: number | null;
  /** Delayed jobs whose time has come and that no worker has fetched. */
  readonly overdueDelayed: number;
  readonly workers: number;
  readonly paused: boolean;
  /** What has finished in the last minute and in the last five. */
  readonly throughput: { readonly lastMinute: Throughput; readonly lastFiveMinutes: Throughput };
}

@Injectable()
export class QueueDepthReader {
  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    private readonly connection: ApiConnection,
  ) {}

  /** @throws {QueueUnavailableError} */
  read(): Promise<QueueDepth> {
    return answeredInTime(this.connection, async () => {
      const now = Date.now();
      const [counts, ready, overdueDelayed, workers, paused, lastMinute, lastFiveMinutes] = await Promise.all(
        [
          this.queue.getJobCounts(...STATES),
          this.queue.getJobs(['waiting', 'prioritized'], 0, 0, true) as Promise<CancellationJob[]>,
          this.connection.redis.zcount(this.queue.toKey('delayed'), 0, now * DELAYED_SCORE_FACTOR),
          this.queue.getWorkersCount(),
          this.queue.isPaused(),
          this.finishedSince(now - MINUTE_MS),
          this.finishedSince(now - 5 * MINUTE_MS),
        ],
      );
      return {
        counts: counts as QueueDepth['counts'],
        oldestReadyAgeMs: ready.length === 0 ? null : Math.max(...ready.map((job) => now - readySince(job))),
        overdueDelayed,
        workers,
        paused,
        throughput: { lastMinute, lastFiveMinutes },
      };
    });
  }

  private async finishedSince(epochMs: number): Promise<Throughput> {
    const [succeeded, failed] = await Promise.all(
      ['completed', 'failed'].map((state) =>
        this.connection.redis.zcount(this.queue.toKey(state), epochMs, '+inf'),
      ),
    );
    return { succeeded: succeeded ?? 0, failed: failed ?? 0 };
  }
}

const readySince = (job: CancellationJob): number => recordOf(job).nextAttemptAt ?? job.data.createdAt;
