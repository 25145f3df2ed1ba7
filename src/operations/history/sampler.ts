import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { RareLine } from '../../platform/logging/rare-line.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import { EndedJobsReader } from '../../queue/finished/ended-jobs.js';
import { QueueCounter } from '../../queue/queue-counts.js';
import { History } from './history.js';
import { INTERVAL_MS, lastIntervalEnd, sampleOf } from './sample.js';

const LOOK_EVERY_MS = 1000;

/** A worker reads the clock before it writes that a job has ended. */
const SETTLED_AFTER_MS = 500;

/** Takes a sample of the queue every 10 s, in one of the processes with the role `api`, from what is kept anyway. */
@Injectable()
export class Sampler implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly failures = new RareLine(
    new Logger(Sampler.name),
    'warn',
    'a sample of the queue was not taken',
  );
  private timer: NodeJS.Timeout;
  private isBusy = false;
  /** The end of the last interval that was looked at. */
  private lookedAt = 0;

  constructor(
    private readonly counter: QueueCounter,
    private readonly ended: EndedJobsReader,
    private readonly history: History,
    private readonly connection: ApiConnection,
    private readonly clock: SharedClock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Takes a sample if one is due. Never rejects: without Redis, the samples of the outage are missing. */
  async look(): Promise<void> {
    if (this.isBusy || !this.connection.isReady || !this.clock.isShared) return;
    const at = lastIntervalEnd(this.clock.now() - SETTLED_AFTER_MS);
    if (at === this.lookedAt) return;
    this.isBusy = true;
    try {
      if (await this.history.claim(at)) await this.take(at);
      this.lookedAt = at;
    } catch (error) {
      if (this.connection.isReady) this.failures.write({ error: String(error) });
    }
    this.isBusy = false;
  }

  private async take(at: number): Promise<void> {
    const [depth, ended] = await Promise.all([
      this.counter.depth(),
      this.ended.between(at - INTERVAL_MS, at),
    ]);
    await this.history.add(sampleOf(at, depth, ended));
  }
}
