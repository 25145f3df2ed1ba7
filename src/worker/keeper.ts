import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Gates } from '../gate/gates.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { Cancellations } from '../queue/cancellations.js';
import { WorkerConnection } from '../queue/connections/worker.connection.js';

const PERIOD_MS = 1000;

/** How many cancellations one round starts at most: of each project, and of those that are overdue. */
const MOST_AT_ONCE = 1000;

/** BullMQ starts a delayed job within milliseconds, unless the clock of the machine that should do it is wrong. */
const OVERDUE_MS = 500;

/** How many finished cancellations of each state one round removes, in batches small enough not to block Redis. */
const MOST_REMOVED = 5000;
const REMOVED_AT_ONCE = 250;

const HOUR_MS = 3_600_000;

/**
 * Once a second, in one of the workers: starts cancellations whose wait is over, and removes those that have been finished for
 * `RETENTION_HOURS`.
 */
@Injectable()
export class Keeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Keeper.name);
  private timer: NodeJS.Timeout;
  private isBusy = false;

  constructor(
    private readonly cancellations: Cancellations,
    private readonly connection: WorkerConnection,
    private readonly environment: ServiceEnvironment,
    private readonly gates: Gates,
    private readonly clock: SharedClock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.round(), PERIOD_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Starts those whose project is to be probed or works again. Never rejects. */
  async startWaiting(): Promise<void> {
    await this.attempt('waiting cancellations were not started', async () => {
      const { probes, released } = await this.gates.due(MOST_AT_ONCE);
      await Promise.all([
        this.cancellations.startNow(released),
        ...probes.map((ids) => this.cancellations.startOne(ids)),
      ]);
    });
  }

  private async round(): Promise<void> {
    if (this.isBusy || !this.connection.isReady) return;
    this.isBusy = true;
    await this.attempt('finished cancellations were not removed', async () => {
      if (!(await this.isMine())) return;
      await Promise.all([
        this.startWaiting(),
        this.startOverdue(),
        this.remove('completed'),
        this.remove('failed'),
      ]);
    });
    this.isBusy = false;
  }

  private async startOverdue(): Promise<void> {
    const latest = this.clock.now() - OVERDUE_MS;
    await this.attempt('overdue cancellations were not started', async () =>
      this.cancellations.startOverdue(latest, MOST_AT_ONCE),
    );
  }

  /** BullMQ's `removeOnComplete` would look at each job's end, and not at all while none ends. */
  private async remove(state: 'completed' | 'failed'): Promise<void> {
    const retentionMs = this.environment.RETENTION_HOURS * HOUR_MS;
    for (let removed = 0; removed < MOST_REMOVED; removed += REMOVED_AT_ONCE) {
      const count = await this.cancellations.removeFinished(state, retentionMs, REMOVED_AT_ONCE);
      if (count < REMOVED_AT_ONCE) return;
    }
  }

  /** One worker per second, whichever comes first. */
  private async isMine(): Promise<boolean> {
    const key = `${this.environment.QUEUE_PREFIX}:keeper`;
    return (await this.connection.redis.set(key, 1, 'PX', PERIOD_MS - 100, 'NX')) === 'OK';
  }

  private async attempt(failure: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (this.connection.isReady) this.logger.warn(failure, { error: String(error) });
    }
  }
}
