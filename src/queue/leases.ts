import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { CANCELLATIONS_QUEUE } from './cancellations.queue.js';
import type { CancellationJob, CancellationQueue } from './cancellations.queue.js';
import { FencedRecords } from './locks/fenced-records.js';
import { JobLocks } from './locks/job-locks.js';
import { storedCancellation } from './job-record.js';
import { Lease } from './lease.js';
import { CallbackJobs } from './callbacks/callback-jobs.js';
import { Listing } from './listing/listing.js';
import { WakeTimes } from './wake-times.js';
import { WorkerConnection } from './connections/worker.connection.js';

/** Hands out the leases of a worker's jobs. */
@Injectable()
export class Leases {
  private readonly records: FencedRecords;
  private readonly wakeTimes: WakeTimes;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) queue: CancellationQueue,
    connection: WorkerConnection,
    private readonly locks: JobLocks,
    private readonly listing: Listing,
    private readonly clock: SharedClock,
    private readonly callbacks: CallbackJobs,
  ) {
    this.wakeTimes = new WakeTimes(queue, connection.redis);
    this.records = new FencedRecords(queue, connection);
  }

  /** @param token BullMQ's, of the worker that has the job */
  take(job: CancellationJob, token: string): Lease {
    return new Lease(
      job,
      token,
      this.locks.hold(job, token),
      this.records,
      this.listing,
      this.wakeTimes,
      this.clock,
    );
  }

  /** The job has come to its end. */
  ended(job: CancellationJob): void {
    const ended = storedCancellation(job, false);
    this.listing.note(ended, ended.id);
    this.callbacks.queueSoon(ended);
  }

  /** BullMQ found that the job is no longer this worker's. */
  lose(cancellationId: string): void {
    this.locks.lose(cancellationId);
  }
}
