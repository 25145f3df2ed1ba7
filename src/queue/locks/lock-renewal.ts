import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { defineScript } from '../../platform/redis/script.js';
import type { Script } from '../../platform/redis/script.js';
import { lockKey } from '../bullmq-layout.js';
import { CANCELLATIONS_QUEUE } from '../cancellations.queue.js';
import type { CancellationJob, CancellationQueue } from '../cancellations.queue.js';
import { WorkerConnection } from '../connections/worker.connection.js';

/**
 * What BullMQ's `extendLock` does, without a write that a full Redis refuses: its lock would run out, and the job would
 * count as one that took its worker down.
 *
 * Invariant: only the worker that has the lock renews it.
 *
 * KEYS lock, BullMQ's set of jobs that may have stalled. ARGV token, milliseconds, job.
 */
const EXTEND = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SREM', KEYS[2], ARGV[3])
return 1`;

/** Renews the lock of a job, also while Redis is full. */
@Injectable()
export class LockRenewal {
  private readonly script: Script<0 | 1>;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    { redis }: WorkerConnection,
  ) {
    this.script = defineScript(redis, 'streamstopExtendLock', EXTEND);
  }

  /** @returns 0 if the job is another worker's now */
  extend(job: CancellationJob, token: string, forMs: number): Promise<0 | 1> {
    const id = String(job.id);
    return this.script([lockKey(this.queue, id), this.queue.toKey('stalled')], token, forMs, id);
  }
}
