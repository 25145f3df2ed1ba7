import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { SharedClock } from '../redis/shared-clock.js';
import { WorkerConnection } from '../redis/worker.connection.js';
import { Admission } from './admission.js';
import { CANCELLATIONS_QUEUE, DELAYED_SCORE_FACTOR, startNow } from './cancellations.queue.js';
import type { CancellationQueue } from './cancellations.queue.js';

const PERIOD_MS = 1000;

/** Most cancellations that one round starts, of each project and of those that are overdue. */
const MOST_AT_ONCE = 1000;

/** BullMQ starts a delayed job within milliseconds, unless the clock of the machine that should do so is wrong. */
const OVERDUE_MS = 500;

/** Has cancellations start whose wait is over: once a second, in one of the workers. */
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
    await this.start(async () => {
      if (!(await this.isMine())) return [];
      return (await Promise.all([this.admission.due(MOST_AT_ONCE), this.overdue()])).flat();
    });
    this.isBusy = false;
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
    const latest = (this.clock.now() - OVERDUE_MS) * DELAYED_SCORE_FACTOR;
    return this.connection.redis.zrangebyscore(
      this.queue.toKey('delayed'),
      0,
      latest,
      'LIMIT',
      0,
      MOST_AT_ONCE,
    );
  }
}
