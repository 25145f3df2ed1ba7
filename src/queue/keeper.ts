import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { WorkerConnection } from './worker.connection.js';
import { Admission } from '../gate/admission.js';
import { delayedDueBy } from './bullmq-layout.js';
import { CANCELLATIONS_QUEUE, startNow } from './cancellations.queue.js';
import type { CancellationQueue } from './cancellations.queue.js';

const PERIOD_MS = 1000;

/** Most cancellations that one round starts, of each project and of those that are overdue. */
const MOST_AT_ONCE = 1000;

/** BullMQ starts a delayed job within milliseconds, unless the clock of the machine that should do so is wrong. */
const OVERDUE_MS = 500;

/** Most finished cancellations of each state that one round forgets, in parts which Redis does not notice. */
const MOST_FORGOTTEN = 5000;
const FORGOTTEN_AT_ONCE = 250;

const HOUR_MS = 3_600_000;

/**
 * Has cancellations start whose wait is over, and forgets those that have been finished for `RETENTION_HOURS`: once a
 * second, in one of the workers.
 */
@Injectable()
export class CancellationsKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(CancellationsKeeper.name);
  private timer: NodeJS.Timeout;
  private isBusy = false;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    private readonly connection: WorkerConnection,
    private readonly environment: ServiceEnvironment,
    private readonly admission: Admission,
    private readonly clock: SharedClock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.round(), PERIOD_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Those whose project is to be probed or works again. Never rejects. */
  async startWaiting(): Promise<void> {
    await this.start(() => this.admission.due(MOST_AT_ONCE));
  }

  private async round(): Promise<void> {
    if (this.isBusy || !this.connection.isReady) return;
    this.isBusy = true;
    let isMine = false;
    await this.start(async () => {
      isMine = await this.isMine();
      if (!isMine) return [];
      return (await Promise.all([this.admission.due(MOST_AT_ONCE), this.overdue()])).flat();
    });
    if (isMine) await Promise.all([this.forget('completed'), this.forget('failed')]);
    this.isBusy = false;
  }

  /** BullMQ's own `removeOnComplete` would look at each job's end, and not at all while none ends. */
  private async forget(state: 'completed' | 'failed'): Promise<void> {
    const retentionMs = this.environment.RETENTION_HOURS * HOUR_MS;
    try {
      for (let forgotten = 0; forgotten < MOST_FORGOTTEN; forgotten += FORGOTTEN_AT_ONCE) {
        const ids = await this.queue.clean(retentionMs, FORGOTTEN_AT_ONCE, state);
        if (ids.length < FORGOTTEN_AT_ONCE) return;
      }
    } catch (error) {
      if (this.connection.isReady)
        this.logger.warn('finished cancellations were not forgotten', { error: String(error) });
    }
  }

  private async start(find: () => Promise<readonly string[]>): Promise<void> {
    try {
      await Promise.all((await find()).map((id) => startNow(this.queue, id)));
    } catch (error) {
      if (!this.connection.isReady) return;
      this.logger.warn('waiting cancellations were not started', { error: String(error) });
    }
  }

  /** One worker a second, whichever comes first. */
  private async isMine(): Promise<boolean> {
    const key = `${this.environment.QUEUE_PREFIX}:keeper`;
    return (await this.connection.redis.set(key, 1, 'PX', PERIOD_MS - 100, 'NX')) === 'OK';
  }

  private overdue(): Promise<string[]> {
    return delayedDueBy(this.connection.redis, this.queue, this.clock.now() - OVERDUE_MS, MOST_AT_ONCE);
  }
}
