import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { stoppedAt } from '../../cancellation/proof.js';
import { inSlices } from '../../platform/in-slices.js';
import { countEndedSince, endedBetween, failedReasonOf } from '../bullmq-layout.js';
import { CANCELLATIONS_QUEUE } from '../cancellations.queue.js';
import type { CancellationJob, CancellationQueue } from '../cancellations.queue.js';
import { ApiConnection } from '../connections/api.connection.js';
import { recordOf } from '../job-record.js';
import { evenly } from './evenly.js';

/** How many jobs of each state are looked at; they stand for the others, so that the cost has a limit. */
const MOST_SUCCEEDED = 200;
const MOST_FAILED = 1000;
const AT_ONCE = 50;

/**
 * Cancellations that ended in some time, 10,000 of each state at most. Where many did, times and reasons are estimates.
 */
export interface EndedJobs {
  readonly succeeded: number;
  /** Of those whose document was fetched, or of whose stream SignalWire told that it stopped. */
  readonly timesToStop: { readonly count: number; readonly someMs: readonly number[] };
  /** Why the others ended, as `endReason` has it, and how many for each reason. */
  readonly failedFor: ReadonlyMap<string, number>;
}

/** Tells what has become of cancellations, from what BullMQ keeps of them. */
@Injectable()
export class EndedJobsReader {
  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    private readonly connection: ApiConnection,
  ) {}

  /**
   * @param from epoch milliseconds
   * @param to not itself in the time
   */
  async between(from: number, to: number): Promise<EndedJobs> {
    const { redis } = this.connection;
    const [completed, failed] = await Promise.all([
      endedBetween(redis, this.queue, 'completed', from, to),
      endedBetween(redis, this.queue, 'failed', from, to),
    ]);
    return {
      succeeded: completed.length,
      timesToStop: await this.timesToStop(completed),
      failedFor: await this.failedFor(failed),
    };
  }

  /** How many have succeeded at `epochMs` or later, and are still kept. */
  countSucceededSince(epochMs: number): Promise<number> {
    return countEndedSince(this.connection.redis, this.queue, 'completed', epochMs);
  }

  private async timesToStop(completed: readonly string[]): Promise<EndedJobs['timesToStop']> {
    const { some, each } = evenly(completed, MOST_SUCCEEDED);
    const times = await inSlices(some, (id) => this.timeToStop(id), AT_ONCE);
    const someMs = times.filter((time) => time !== null);
    return { count: Math.round(someMs.length * each), someMs };
  }

  private async timeToStop(id: string): Promise<number | null> {
    const job: CancellationJob | undefined = await this.queue.getJob(id);
    if (job === undefined) return null;
    const at = stoppedAt(recordOf(job));
    return at === null ? null : Math.max(0, at - job.data.createdAt);
  }

  private async failedFor(failed: readonly string[]): Promise<Map<string, number>> {
    const { some, each } = evenly(failed, MOST_FAILED);
    const { redis } = this.connection;
    const reasons = await inSlices(some, (id) => failedReasonOf(redis, this.queue, id), AT_ONCE);
    const counts = new Map<string, number>();
    for (const reason of reasons.filter((known) => known !== null))
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
    return new Map([...counts].map(([reason, count]) => [reason, Math.round(count * each)]));
  }
}
