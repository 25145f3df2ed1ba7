import type { CancellationData } from '../cancellation/data.js';
import type { CancellationRecord } from '../cancellation/record.js';
import type { SharedClock } from '../platform/redis/shared-clock.js';
import type { CancellationJob } from './cancellations.queue.js';
import type { FencedRecords } from './locks/fenced-records.js';
import { recordOf } from './job-record.js';
import type { Listing } from './listing/listing.js';
import type { WakeTimes } from './wake-times.js';
import type { JobLock } from './locks/job-locks.js';

/** A cancellation in this worker's hands, for one run of its job. */
export class Lease {
  readonly id: string;
  readonly data: CancellationData;
  /** As it stood when the run began. */
  readonly record: CancellationRecord;
  /** As it was last saved. */
  latest: CancellationRecord;
  /** The newest record that was to be saved and could not be; null if there is none. */
  unsaved: CancellationRecord | null = null;
  /** Aborted with a `LockLostError` once the job is no longer this worker's: another one writes its record then. */
  readonly signal: AbortSignal;

  constructor(
    private readonly job: CancellationJob,
    private readonly token: string,
    private readonly lock: JobLock,
    private readonly records: FencedRecords,
    private readonly listing: Pick<Listing, 'note' | 'announce'>,
    private readonly wakeTimes: WakeTimes,
    private readonly clock: Pick<SharedClock, 'now'>,
  ) {
    this.id = String(job.id);
    this.data = job.data;
    this.record = recordOf(job);
    this.latest = this.record;
    this.signal = lock.signal;
    this.note(true, this.id);
  }

  /** For the log. */
  get ids() {
    return { cancellationId: this.id, callSid: this.data.callSid };
  }

  /**
   * @param startsLater whether the job's next start is behind jobs that were never started
   * @throws {LockLostError}
   */
  async save(record: CancellationRecord, startsLater = false): Promise<void> {
    this.signal.throwIfAborted();
    // An attempt that cannot be written down is not sent.
    if (record.open === null) this.unsaved = record;
    await this.records.save(this.job, this.token, record, startsLater);
    this.latest = record;
    this.unsaved = null;
  }

  /** Tries again to save what could not be saved. */
  async saveUnsaved(): Promise<void> {
    if (this.unsaved !== null) await this.save(this.unsaved);
  }

  /**
   * For scripts that must change nothing once the job is another worker's: the key of its lock, and what it must hold.
   */
  get fence() {
    return { key: this.records.lockKey(this.id), token: this.token };
  }

  /** Has the job start again after `delayMs`; the last step of a run, because it can start from here on. */
  async sleep(delayMs: number): Promise<void> {
    // Before the job can start again: its next run notes something else.
    this.note(false, '');
    await this.wakeTimes.set(this.id, this.clock.now() + delayMs);
    try {
      // By this machine's clock, as BullMQ reads it.
      await this.job.moveToDelayed(Date.now() + delayMs, this.token);
    } finally {
      // Until now, whoever looked would have seen it run. It may sleep although the answer was lost.
      this.listing.announce([this.id]);
    }
  }

  release(): void {
    this.lock.release();
  }

  private note(isActive: boolean, announced: string): void {
    const { id, data, latest } = this;
    const stored = { id, data, record: latest, isActive, finishedAt: null, failedReason: null };
    this.listing.note(stored, announced);
  }
}
