import type { Redis } from 'ioredis';
import { defineScript } from '../platform/redis/script.js';
import type { Script } from '../platform/redis/script.js';
import { LockLostError } from '../api/errors.js';
import type { StoredRecord } from '../cancellation/record.js';
import type { CancellationJob } from './cancellations.queue.js';

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
  async save(job: CancellationJob, token: string, record: StoredRecord): Promise<void> {
    const id = String(job.id);
    const keys = [this.keyOf(id), this.keyOf(`${id}:lock`)];
    if ((await this.saveScript(keys, token, JSON.stringify(record))) === 0) throw new LockLostError(id);
    job.progress = record;
  }
}
