import { Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { RareLine } from '../../platform/logging/rare-line.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import { memoryUse } from './memory-use.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
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

/** Removes finished cancellations: those that are older than `RETENTION_HOURS`, and the oldest ones if Redis gets full. */
@Injectable()
export class Retention {
  private readonly early: Counter;
  private readonly crowded = new RareLine(
    new Logger(Retention.name),
    'warn',
    'Redis is nearly full: the oldest finished cancellations are removed before RETENTION_HOURS',
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

  private async makeRoom(): Promise<void> {
    const before = this.clock.now() - ALWAYS_KEPT_MS;
    for (let removed = 0; removed < MOST_REMOVED;) {
      const use = await memoryUse(this.connection.redis);
      if (use === null || use <= CROWDED) return;
      const oldest = await this.cancellations.oldestFinished(before);
      const count = oldest === null ? 0 : await this.remove(oldest, before);
      if (count === 0) return;
      this.early.inc(count);
      this.crowded.write({ usedShare: use, removed: count });
      removed += count;
    }
  }

  private async remove(state: (typeof STATES)[number], before: number): Promise<number> {
    const removed = await this.cancellations.removeFinished(state, before, REMOVED_AT_ONCE);
    await Promise.all([this.listing.remove(removed), this.callbacks.remove(removed)]);
    return removed.length;
  }
}
