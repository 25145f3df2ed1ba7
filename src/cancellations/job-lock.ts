import type { Redis } from 'ioredis';
import { defineScript } from '../redis/script.js';
import type { Script } from '../redis/script.js';
import { LockLostError } from './cancellations.errors.js';
import type { CancellationRecord } from './cancellation-record.js';
import type { CancellationJob } from './cancellations.queue.js';

/** For how long a job is its worker's without being renewed; a killed worker's jobs start again after it. */
export const LOCK_MS = 12_000;

const RENEW_EVERY_MS = 4000;

/**
 * KEYS job, its lock. ARGV the worker's token, the record.
 *
 * BullMQ's own `updateProgress` asks for no token: a worker that was frozen for a while would overwrite what its successor
 * has written. It also puts the whole record into the stream of events, where nobody reads it.
 */
const SAVE = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'progress', ARGV[2])
return 1`;

/** Writes the records of jobs, each only while it is in this worker's hands. */
export class JobRecords {
  private readonly saveScript: Script<0 | 1>;

  /** @param keyOf names BullMQ's keys */
  constructor(
    redis: Redis,
    private readonly keyOf: (type: string) => string,
  ) {
    this.saveScript = defineScript(redis, 'streamstopSave', SAVE);
  }

  /** @throws {LockLostError} */
  async save(job: CancellationJob, token: string, record: CancellationRecord): Promise<void> {
    const id = String(job.id);
    const keys = [this.keyOf(id), this.keyOf(`${id}:lock`)];
    if ((await this.saveScript(keys, token, JSON.stringify(record))) === 0) throw new LockLostError(id);
    job.progress = record;
  }
}

/**
 * Renews the lock of one run beside BullMQ, which keeps one lock a job id and forgets the second run of a job when the
 * first one, of the same process, comes to its end a moment later.
 */
export class RunLock {
  private readonly lost = new AbortController();
  private readonly timer: NodeJS.Timeout;
  readonly signal: AbortSignal;

  constructor(job: CancellationJob, token: string, signal: AbortSignal | undefined) {
    this.signal = signal === undefined ? this.lost.signal : AbortSignal.any([signal, this.lost.signal]);
    this.timer = setInterval(() => {
      job.extendLock(token, LOCK_MS).then(
        (isOurs) => isOurs === 0 && this.lost.abort(new LockLostError(String(job.id))),
        () => undefined,
      );
    }, RENEW_EVERY_MS).unref();
  }

  release(): void {
    clearInterval(this.timer);
  }
}
