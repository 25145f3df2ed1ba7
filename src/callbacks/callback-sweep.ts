import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { RareLine } from '../platform/logging/rare-line.js';
import { Cancellations } from '../queue/cancellations.js';
import { CallbackJobs } from '../queue/callbacks/callback-jobs.js';
import { WorkerConnection } from '../queue/connections/worker.connection.js';
import { Lists } from '../queue/listing/lists.js';
import { CallbackReport } from './callback.report.js';

const PERIOD_MS = 5000;
const MOST_AT_ONCE = 1000;

const ENDED_UNTOLD = {
  status: ['succeeded', 'failed', 'expired', 'withdrawn'],
  isCallbackDue: true,
} as const;

/**
 * Queues the callbacks of cancellations whose worker died, or lost Redis, after their end, and has those ended whose
 * API did after it withdrew them. Every worker looks: adding a callback twice adds one, and without callbacks there is
 * next to nothing to read.
 */
@Injectable()
export class CallbackSweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly failures = new RareLine(
    new Logger(CallbackSweep.name),
    'warn',
    'callbacks were not swept',
  );
  private timer: NodeJS.Timeout;
  private isBusy = false;

  constructor(
    private readonly lists: Lists,
    private readonly callbacks: CallbackJobs,
    private readonly cancellations: Cancellations,
    private readonly connection: WorkerConnection,
    private readonly report: CallbackReport,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.round(), PERIOD_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async apply(): Promise<void> {
    const { items } = await this.lists.newest(ENDED_UNTOLD, MOST_AT_ONCE);
    const ended = items.filter(({ finishedAt }) => finishedAt !== null);
    await Promise.all(ended.map((one) => this.callbacks.add(one)));
    // A worker ends the job of what was withdrawn. If it still sleeps, nobody has started it.
    const sleeping = items.filter(({ finishedAt }) => finishedAt === null);
    await this.cancellations.startNow(sleeping.map(({ id }) => id));
  }

  private async round(): Promise<void> {
    if (!this.connection.isReady) this.report.showPending(null);
    if (this.isBusy || !this.connection.isReady) return;
    this.isBusy = true;
    try {
      await this.apply();
      this.report.showPending(await this.callbacks.countPending());
    } catch (error) {
      if (this.connection.isReady) this.failures.write({ error: String(error) });
    }
    this.isBusy = false;
  }
}
