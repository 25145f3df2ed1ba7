import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE } from './cancellations.queue.js';
import type { CancellationJob, CancellationQueue } from './cancellations.queue.js';
import { storedCancellation } from './job-record.js';

/** Reads and writes cancellations as BullMQ's jobs. */
@Injectable()
export class Cancellations {
  constructor(@InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue) {}

  /** Null for what is not there, or not any more. Their state is not looked at. */
  findMany(ids: readonly string[]): Promise<(StoredCancellation | null)[]> {
    return Promise.all(
      ids.map(async (id) => {
        const job: CancellationJob | undefined = await this.queue.getJob(id);
        return job?.name === CANCEL_STREAM_JOB ? storedCancellation(job, 'unknown') : null;
      }),
    );
  }

  /** Starts those that wait for a delay to end; any other is left alone. */
  async startNow(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.start(id)));
  }

  /** Starts the first that waits for a delay to end. */
  async startOne(ids: readonly string[]): Promise<void> {
    for (const id of ids) if (await this.start(id)) return;
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
}
