import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { CancellationJob } from '../cancellations.queue.js';
import { LockRenewal } from './lock-renewal.js';
import { LockLostError } from '../worker.errors.js';

/** How long a job stays its worker's without renewal. A killed worker's jobs start again after that. */
export const LOCK_MS = 12_000;

const RENEW_EVERY_MS = 4000;
const LOOK_EVERY_MS = 1000;

/** The lock of one run. */
export interface JobLock {
  /** Aborted with a `LockLostError` once the job is no longer this worker's. */
  readonly signal: AbortSignal;
  /** Ends the renewal; called when the run is over. */
  release(): void;
}

class RenewedLock {
  private readonly lost = new AbortController();
  private renewedAt = performance.now();
  readonly signal = this.lost.signal;

  constructor(
    private readonly renewal: Pick<LockRenewal, 'extend'>,
    private readonly job: CancellationJob,
    private readonly token: string,
  ) {}

  renewIfDue(): void {
    if (performance.now() - this.renewedAt < RENEW_EVERY_MS) return;
    this.renewedAt = performance.now();
    this.renewal.extend(this.job, this.token, LOCK_MS).then(
      (isOurs) => isOurs === 0 && this.lose(),
      () => undefined,
    );
  }

  lose(): void {
    this.lost.abort(new LockLostError(String(this.job.id)));
  }
}

/**
 * Renews the locks of a worker's runs, beside BullMQ. BullMQ keeps one lock per job id: it forgets the second run of a
 * job when the first one in the same process ends a moment later.
 */
@Injectable()
export class JobLocks implements OnApplicationShutdown {
  private readonly byJob = new Map<string, Set<RenewedLock>>();
  private readonly timer = setInterval(() => this.renew(), LOOK_EVERY_MS).unref();

  constructor(private readonly renewal: LockRenewal) {}

  hold(job: CancellationJob, token: string): JobLock {
    const id = String(job.id);
    const lock = new RenewedLock(this.renewal, job, token);
    const locks = this.byJob.get(id) ?? new Set();
    this.byJob.set(id, locks.add(lock));
    const release = (): void => {
      if (locks.delete(lock) && locks.size === 0 && this.byJob.get(id) === locks) this.byJob.delete(id);
    };
    return { signal: lock.signal, release };
  }

  /** BullMQ found that the job is no longer this worker's. */
  lose(jobId: string): void {
    for (const lock of this.byJob.get(jobId) ?? []) lock.lose();
  }

  /** Not earlier in the shutdown, because the runs under way are waited for. */
  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private renew(): void {
    for (const locks of this.byJob.values()) for (const lock of locks) lock.renewIfDue();
  }
}
