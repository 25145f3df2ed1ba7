import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { Worker } from 'bullmq';
import { Readiness } from '../platform/health/readiness.js';
import { WorkerConnection } from './worker.connection.js';
import { WorkerLoopEndedError, WorkerStuckError } from '../api/errors.js';

const LOOK_EVERY_MS = 1000;

/** Looks without a beat after which the worker is dead: 20 s. A sound one waits for a job at most 10 s before it asks. */
const PATIENCE_LOOKS = 20;

/**
 * Whether a worker still asks Redis for jobs: one of BullMQ can stop for good while its loop seems to run and Redis is
 * well. Each answer is a beat, whether it brings a job or none, for of several idle workers one can get every job.
 */
@Injectable()
export class WorkerPulse implements OnModuleDestroy {
  private timer: NodeJS.Timeout;
  private looking = false;
  /** Looks, not time: that of a frozen process or of a busy machine must not count. */
  private looksWithoutBeat = 0;

  constructor(
    private readonly connection: WorkerConnection,
    private readonly readiness: Readiness,
  ) {}

  /**
   * Has the process die where `worker` asks for no jobs any more. What keeps it from asking does not count: no free slot, and
   * a Redis that does not answer.
   *
   * @param loop of `worker.run()`
   */
  watch(worker: Worker, loop: Promise<void>, hasFreeSlot: () => boolean): void {
    this.feel(worker);
    const ended = (cause?: unknown): void => {
      if (worker.closing === undefined) this.die(new WorkerLoopEndedError(cause));
    };
    loop.then(() => ended(), ended);
    this.timer = setInterval(() => void this.look(hasFreeSlot()), LOOK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private feel(worker: Worker): void {
    // Asked for along with the end of the job before.
    worker.on('active', () => this.beat());
    // BullMQ emits no event for an answer without a job.
    const { backend } = worker;
    const ask = backend.moveToActive.bind(backend);
    backend.moveToActive = (...question) => ask(...question).finally(() => this.beat());
  }

  private beat(): void {
    this.looksWithoutBeat = 0;
  }

  private async look(couldAsk: boolean): Promise<void> {
    // While the look before waits for its answer, Redis is at fault, not the worker.
    if (!couldAsk || !this.connection.isReady || this.looking) return this.beat();
    this.looking = true;
    const answer = await this.connection.redis.ping().catch(() => null);
    this.looking = false;
    if (answer === null) return this.beat();
    this.looksWithoutBeat += 1;
    if (this.looksWithoutBeat >= PATIENCE_LOOKS) this.die(new WorkerStuckError(PATIENCE_LOOKS));
  }

  private die(cause: Error): void {
    clearInterval(this.timer);
    this.readiness.die('worker', cause);
  }
}
