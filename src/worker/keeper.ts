import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Gates } from '../gate/gates.js';
import { RareLine } from '../platform/logging/rare-line.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { Cancellations } from '../queue/cancellations.js';
import { Retention } from '../queue/finished/retention.js';
import { ListKeeper } from '../queue/listing/list-keeper.js';
import { isOutOfMemory } from '../queue/connections/refusal.js';
import { giveWorkerSign } from '../queue/connections/worker-sign.js';
import { WorkerConnection } from '../queue/connections/worker.connection.js';

const PERIOD_MS = 1000;
const ROUNDS_PER_LIST_REPAIR = 5;

/** How many cancellations one round starts at most: of each project, and of those that are overdue. */
const MOST_AT_ONCE = 1000;

/** BullMQ starts a delayed job within milliseconds, unless the clock of the machine that should do it is wrong. */
const OVERDUE_MS = 500;

/**
 * Once a second, in one of the workers: starts cancellations whose wait is over, removes finished ones, and repairs the
 * list.
 */
@Injectable()
export class Keeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly failures = new RareLine(new Logger(Keeper.name), 'warn', 'periodic work failed');
  private timer: NodeJS.Timeout;
  private isBusy = false;
  private rounds = 0;

  constructor(
    private readonly cancellations: Cancellations,
    private readonly connection: WorkerConnection,
    private readonly environment: ServiceEnvironment,
    private readonly gates: Gates,
    private readonly clock: SharedClock,
    private readonly retention: Retention,
    private readonly listKeeper: ListKeeper,
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
    await this.attempt("the second's work was not done", async () => {
      if (!(await this.isMine())) return;
      await giveWorkerSign(this.connection, this.environment.QUEUE_PREFIX).catch(unlessOutOfMemory);
      await Promise.all([this.startWaiting(), this.startOverdue(), this.removeFinished()]);
      if (this.rounds % ROUNDS_PER_LIST_REPAIR === 0) await this.repairList();
      this.rounds += 1;
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
  private async removeFinished(): Promise<void> {
    await this.attempt('finished cancellations were not removed', () => this.retention.apply());
  }

  private async repairList(): Promise<void> {
    await this.attempt('the list of cancellations was not repaired', () => this.listKeeper.apply());
  }

  /** One worker per second, whichever comes first. All of them while Redis is full: somebody has to make room. */
  private async isMine(): Promise<boolean> {
    const key = `${this.environment.QUEUE_PREFIX}:keeper`;
    try {
      return (await this.connection.redis.set(key, 1, 'PX', PERIOD_MS - 100, 'NX')) === 'OK';
    } catch (error) {
      unlessOutOfMemory(error);
      return true;
    }
  }

  private async attempt(failure: string, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (this.connection.isReady) this.failures.write({ failure, error: String(error) });
    }
  }
}

function unlessOutOfMemory(error: unknown): void {
  if (!isOutOfMemory(error)) throw error;
}
