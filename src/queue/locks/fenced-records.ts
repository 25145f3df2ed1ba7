import type { CancellationRecord } from '../../cancellation/record.js';
import { defineScript } from '../../platform/redis/script.js';
import type { Script } from '../../platform/redis/script.js';
import { lockKey } from '../bullmq-layout.js';
import { AFTER_FRESH_ONES } from '../cancellations.js';
import { addChange, changesKey } from '../changes/changes.js';
import type { CancellationJob, CancellationQueue } from '../cancellations.queue.js';
import type { WorkerConnection } from '../connections/worker.connection.js';
import { LockLostError } from '../worker.errors.js';

/**
 * Relies on BullMQ's layout: a job is a hash with the fields `progress` and `priority`, and its lock holds the worker's token.
 * `fenced-records.integration.ts` fails when that changes. The public API does not do it:
 *
 * - `updateProgress` does not look at the lock, so a worker that was frozen would overwrite what its successor has written;
 *   it also copies the record into the stream of events.
 * - `changePriority` searches the whole list of waiting jobs.
 *
 * Invariant: only the run that has the lock writes. KEYS job, its lock, the stream of changes. ARGV token, record, priority or '', id.
 */
const SAVE = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'progress', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'priority', ARGV[3]) end
${addChange('KEYS[3]', 'ARGV[4]')}
return 1`;

/** Writes the records of jobs, each only while it is in this worker's hands. */
export class FencedRecords {
  private readonly saveScript: Script<0 | 1>;

  constructor(
    private readonly queue: CancellationQueue,
    { redis }: Pick<WorkerConnection, 'redis'>,
  ) {
    this.saveScript = defineScript(redis, 'streamstopSaveRecord', SAVE);
  }

  /** The key of a job's lock. */
  lockKey(id: string): string {
    return lockKey(this.queue, id);
  }

  /**
   * @param startsLater whether the job's next start is behind jobs that were never started
   * @throws {LockLostError}
   */
  async save(
    job: CancellationJob,
    token: string,
    record: CancellationRecord,
    startsLater: boolean,
  ): Promise<void> {
    const id = String(job.id);
    const keys = [this.queue.toKey(id), this.lockKey(id), changesKey(this.queue.opts.prefix ?? '')];
    const priority = startsLater ? AFTER_FRESH_ONES : '';
    if ((await this.saveScript(keys, token, JSON.stringify(record), priority, id)) === 0)
      throw new LockLostError(id);
    // BullMQ's events give the job as this process knows it.
    job.progress = record;
  }
}
