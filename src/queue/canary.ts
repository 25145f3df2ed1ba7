import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Readiness } from '../platform/health/readiness.js';
import { WorkerConnection } from './worker.connection.js';
import { CanaryIgnoredError } from '../api/errors.js';
import { CANARY_JOB, CANCELLATIONS_QUEUE, EMPTY_CANARY } from './cancellations.queue.js';
import type { CancellationQueue } from './cancellations.queue.js';

const LOOK_EVERY_MS = 1000;

/** How long a queue is idle before a canary is sent through it. */
const IDLE_LOOKS = 10;

/** How many looks a canary may wait for a worker before this one, which could have taken it, is dead. */
const PATIENCE_LOOKS = 20;

/** Sends a job that stops nothing through an idle queue: a worker that leaves it lying would leave a cancellation too. */
@Injectable()
export class Canary implements OnModuleDestroy {
  private readonly logger = new Logger(Canary.name);
  private timer: NodeJS.Timeout;
  /** Since the last pick-up; looks, not time: that of a frozen process must not count. */
  private looks = 0;
  private id: string | null = null;
  private looksLying = 0;
  private readonly lastPickUp: Gauge;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    private readonly connection: WorkerConnection,
    private readonly environment: ServiceEnvironment,
    private readonly readiness: Readiness,
    { registry }: Metrics,
  ) {
    this.lastPickUp = new Gauge({
      name: 'streamstop_last_pick_up_timestamp_seconds',
      help: 'When this worker last took a job, a canary or a cancellation; recent even while the queue is idle',
      registers: [registry],
    });
  }

  /** @param hasFreeSlot whether the worker could take one more job */
  watch(hasFreeSlot: () => boolean): void {
    this.timer = setInterval(() => void this.look(hasFreeSlot()), LOOK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** The worker has taken a job. */
  stamp(): void {
    this.looks = 0;
    this.id = null;
    this.looksLying = 0;
    this.lastPickUp.setToCurrentTime();
  }

  private async look(couldTake: boolean): Promise<void> {
    if (!couldTake || !this.connection.isReady) return;
    try {
      if (this.id !== null) await this.lookAfter(this.id);
      else if ((this.looks += 1) >= IDLE_LOOKS) await this.send();
    } catch (error) {
      if (this.connection.isReady) this.logger.warn('no canary', { error: String(error) });
    }
  }

  /** One for all workers: Redis gives it to any of them, so that of several a sound one may never get one. */
  private async send(): Promise<void> {
    const turn = `${this.environment.QUEUE_PREFIX}:canary`;
    const periodMs = IDLE_LOOKS * LOOK_EVERY_MS;
    if ((await this.connection.redis.set(turn, 1, 'PX', periodMs, 'NX')) !== 'OK') return;
    const job = await this.queue.add(CANARY_JOB, EMPTY_CANARY, {
      removeOnComplete: true,
      removeOnFail: true,
    });
    if (this.looks > 0) this.id = String(job.id);
  }

  private async lookAfter(id: string): Promise<void> {
    const [state, isPaused] = await Promise.all([this.queue.getJobState(id), this.queue.isPaused()]);
    if (state !== 'waiting') return this.forget();
    if (isPaused) return;
    this.looksLying += 1;
    if (this.looksLying < PATIENCE_LOOKS) return;
    clearInterval(this.timer);
    this.readiness.die('worker', new CanaryIgnoredError(PATIENCE_LOOKS));
  }

  private forget(): void {
    this.id = null;
    this.looks = 0;
    this.looksLying = 0;
  }
}
