import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { Worker } from 'bullmq';
import { Gauge } from 'prom-client';
import { ServiceEnvironment } from '../config/service.environment.js';
import { Readiness } from '../platform/health/readiness.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { WorkerLoopEndedError, WorkerStuckError } from './worker.errors.js';
import { WorkerConnection } from './connections/worker.connection.js';
import { isWorkerThere } from './connections/worker-sign.js';
import { OwnProcess } from './processes/own-process.js';

const LOOK_EVERY_MS = 1000;

/**
 * Looks without a beat after which the worker is dead: 20 s. A sound one waits for a job for at most 10 s before it
 * asks again.
 */
const PATIENCE_LOOKS = 20;

/**
 * Whether a worker still asks Redis for jobs: a BullMQ worker can stop for good while its loop seems to run and Redis
 * is well. Each answer is a beat, with or without a job, because one of several idle workers can get every job.
 */
@Injectable()
export class WorkerPulse implements OnModuleDestroy {
  private timer: NodeJS.Timeout;
  private looking = false;
  /** Looks, not time, because the time of a frozen process or a busy machine must not count. */
  private looksWithoutBeat = 0;

  private readonly lastPickUp: Gauge;

  constructor(
    private readonly connection: WorkerConnection,
    private readonly readiness: Readiness,
    private readonly own: OwnProcess,
    private readonly environment: ServiceEnvironment,
    { registry }: Metrics,
  ) {
    this.lastPickUp = new Gauge({
      name: 'streamstop_last_pick_up_timestamp_seconds',
      help: 'When this worker last asked Redis for a job and got an answer, or when it was started: at most 10 s ago, even with an empty queue',
      registers: [registry],
    });
    // A 0 would look like a worker that has been stuck since 1970.
    this.lastPickUp.setToCurrentTime();
  }

  /**
   * Adds the worker to the readiness, and declares the process dead once `worker` asks for no more jobs. What keeps it
   * from asking does not count: no free slot, or a Redis that does not answer.
   *
   * @param loop of `worker.run()`
   */
  watch(worker: Worker, loop: Promise<void>, hasFreeSlot: () => boolean): void {
    this.readiness.expect('worker', () => worker.isRunning() && this.connection.isReady);
    const ended = (cause?: unknown): void => {
      if (worker.closing === undefined) this.die(new WorkerLoopEndedError(cause));
    };
    loop.then(() => ended(), ended);
    this.timer = setInterval(() => void this.look(hasFreeSlot()), LOOK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Redis has answered a request for a job. */
  readonly beat = (): void => {
    this.looksWithoutBeat = 0;
    this.own.pickedUp();
    this.lastPickUp.setToCurrentTime();
  };

  private async look(couldAsk: boolean): Promise<void> {
    // While the look before waits for its answer, Redis is at fault, not the worker.
    if (!couldAsk || !this.connection.isReady || this.looking) return this.excuse();
    this.looking = true;
    const answer = await isWorkerThere(this.connection, this.environment.QUEUE_PREFIX).catch(() => null);
    this.looking = false;
    if (answer === null) return this.excuse();
    this.looksWithoutBeat += 1;
    this.own.idledFor(this.looksWithoutBeat * (LOOK_EVERY_MS / 1000));
    if (this.looksWithoutBeat >= PATIENCE_LOOKS) this.die(new WorkerStuckError(PATIENCE_LOOKS));
  }

  private excuse(): void {
    this.looksWithoutBeat = 0;
    this.own.idledFor(0);
  }

  private die(cause: Error): void {
    clearInterval(this.timer);
    this.readiness.die('worker', cause);
  }
}
