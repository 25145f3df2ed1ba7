import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { LockLostError } from '../api/errors.js';
import type { CancellationJob } from './cancellations.queue.js';

/** For how long a job is its worker's without being renewed; a killed worker's jobs start again after it. */
export const LOCK_MS = 12_000;

const RENEW_EVERY_MS = 4000;
const LOOK_EVERY_MS = 1000;

/** Aborted once the job is no longer this worker's. */
class RunLock {
  private readonly lost = new AbortController();
  private renewedAt = performance.now();
  readonly signal = this.lost.signal;

  constructor(
    private readonly job: CancellationJob,
    private readonly token: string,
  ) {}

  renewIfDue(): void {
    if (performance.now() - this.renewedAt < RENEW_EVERY_MS) return;
    this.renewedAt = performance.now();
    this.job.extendLock(this.token, LOCK_MS).then(
      (isOurs) => isOurs === 0 && this.lose(),
      () => undefined,
    );
  }

  lose(): void {
    this.lost.abort(new LockLostError(String(this.job.id)));
  }
}

/**
 * Renews the locks of a worker's runs beside BullMQ, which keeps one lock a job id and forgets the second run of a job when the
 * first one, of the same process, comes to its end a moment later.
 */
@Injectable()
export class RunLocks implements OnApplicationShutdown {
  private readonly byJob = new Map<string, Set<RunLock>>();
  private readonly timer = setInterval(() => this.renew(), LOOK_EVERY_MS).unref();

  /** @returns aborted once the job is no longer this worker's; and what is called when its run is over */
  hold(job: CancellationJob, token: string): { signal: AbortSignal; release: () => void } {
    const id = String(job.id);
    const lock = new RunLock(job, token);
    const locks = this.byJob.get(id) ?? new Set();
    this.byJob.set(id, locks.add(lock));
    const release = (): void => {
      if (locks.delete(lock) && locks.size === 0 && this.byJob.get(id) === locks) this.byJob.delete(id);
    };
    return { signal: lock.signal, release };
  }

  /** BullMQ was told that the job is not this worker's any more. */
  lose(jobId: string): void {
    for (const lock of this.byJob.get(jobId) ?? []) lock.lose();
  }

  /** Not before: the attempts under way are waited for until then. */
  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private renew(): void {
    for (const locks of this.byJob.values()) for (const lock of locks) lock.renewIfDue();
  }
}
