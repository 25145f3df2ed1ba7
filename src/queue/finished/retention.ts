import { Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { RareLine } from '../../platform/logging/rare-line.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { memoryUse } from './memory-use.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import type { FinishedState } from '../bullmq-layout.js';
import { Cancellations } from '../cancellations.js';
import { CallbackJobs } from '../callbacks/callback-jobs.js';
import { Listing } from '../listing/listing.js';
import { WorkerConnection } from '../connections/worker.connection.js';

const HOUR_MS = 3_600_000;

/** How many finished cancellations of each state one round removes, in batches small enough not to block Redis. */
const MOST_REMOVED = 5000;
const REMOVED_AT_ONCE = 250;

/** Above this share of `maxmemory`, room for what is accepted comes before history. */
const CROWDED = 0.8;

/** A caller that was just told of a cancellation can read it for at least this long. */
const ALWAYS_KEPT_MS = 60_000;

const STATES = ['completed', 'failed'] as const;

/**
 * Removes finished cancellations: those that are older than `RETENTION_HOURS`, and the oldest ones if Redis gets full.
 */
@Injectable()
export class Retention {
  private readonly early: Counter;
  private readonly crowded = new RareLine(
    new Logger(Retention.name),
    'warn',
    'Redis is nearly full: the oldest finished cancellations are removed before RETENTION_HOURS',
  );
  private readonly dropped = new RareLine(
    new Logger(Retention.name),
    'error',
    'Redis is nearly full: cancellations are removed whose callbacks are not delivered yet, and never will be',
  );

  constructor(
    private readonly cancellations: Cancellations,
    private readonly listing: Listing,
    private readonly callbacks: CallbackJobs,
    private readonly connection: WorkerConnection,
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
    { registry }: Metrics,
  ) {
    this.early = new Counter({
      name: 'streamstop_removed_early_total',
      help: 'Finished cancellations removed before RETENTION_HOURS, because Redis used more than 80 % of its maxmemory',
      registers: [registry],
    });
  }

  async apply(): Promise<void> {
    // Until then the clock is this machine's, which may be wrong.
    if (!this.clock.isShared) return;
    await this.removeOld();
    await this.makeRoom();
  }

  private async removeOld(): Promise<void> {
    const before = this.clock.now() - this.environment.RETENTION_HOURS * HOUR_MS;
    await Promise.all(
      STATES.map(async (state) => {
        for (let removed = 0; removed < MOST_REMOVED; removed += REMOVED_AT_ONCE)
          if ((await this.remove(state, before)) < REMOVED_AT_ONCE) return;
      }),
    );
  }

  /** What has a pending callback goes last: its receiver would never learn of the end. */
  private async makeRoom(): Promise<void> {
    const pending = { completed: 0, failed: 0 };
    const isDone = await this.removeOldest(pending, async (oldest) => {
      const removable = await this.callbacks.withoutPending(oldest);
      await this.removeEarly(removable);
      return removable.length;
    });
    if (isDone || pending.completed + pending.failed === 0) return;
    await this.removeOldest({ completed: 0, failed: 0 }, async (oldest) => {
      await this.removeEarly(oldest);
      this.dropped.write({ removed: oldest.length });
      return oldest.length;
    });
  }

  /**
   * @param kept counts those of each state that stay
   * @param remove removes some of the oldest ones, and tells how many
   * @returns whether there is room now, or enough was looked at
   */
  private async removeOldest(
    kept: Record<FinishedState, number>,
    remove: (oldest: readonly StoredCancellation[]) => Promise<number>,
  ): Promise<boolean> {
    const before = this.clock.now() - ALWAYS_KEPT_MS;
    for (let looked = 0; looked < MOST_REMOVED; looked += REMOVED_AT_ONCE) {
      const use = await memoryUse(this.connection.redis, this.environment.QUEUE_PREFIX);
      if (use === null || use <= CROWDED) return true;
      const { state, oldest } = await this.cancellations.oldestFinished(before, REMOVED_AT_ONCE, kept);
      if (oldest.length === 0) return false;
      this.crowded.write({ usedShare: use });
      kept[state] += oldest.length - (await remove(oldest));
    }
    return true;
  }

  private async removeEarly(ended: readonly StoredCancellation[]): Promise<void> {
    await this.cancellations.remove(ended);
    await this.forget(ended);
    this.early.inc(ended.length);
  }

  private async remove(state: FinishedState, before: number): Promise<number> {
    const removed = await this.cancellations.removeFinished(state, before, REMOVED_AT_ONCE);
    await this.forget(removed);
    return removed.length;
  }

  private async forget(gone: readonly StoredCancellation[]): Promise<void> {
    await Promise.all([this.listing.remove(gone), this.callbacks.remove(gone)]);
  }
}
