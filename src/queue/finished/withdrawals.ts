import { InjectQueue } from '@nestjs/bullmq';
import { Inject, Injectable } from '@nestjs/common';
import type { RedisClient } from '../../platform/redis/connection/client.js';
import { withWithdrawn } from '../../cancellation/record-updates.js';
import { defineScript } from '../../platform/redis/script.js';
import type { Script } from '../../platform/redis/script.js';
import { lockKey } from '../bullmq-layout.js';
import { CANCELLATIONS_QUEUE } from '../cancellations.queue.js';
import type { CancellationQueue } from '../cancellations.queue.js';
import { recordOf, storedCancellation } from '../job-record.js';
import { Listing } from '../listing/listing.js';
import { WRITE_TERMS } from '../listing/listing.lua.js';
import { QUEUE_REDIS } from '../tokens.js';

/** What the script must see as it was read, and change together with the job. */
export interface SharedState {
  /** The key of the attempts that others send for the cancellation, and how many were read. */
  readonly attemptsKey: string;
  readonly attempts: number;
  /** The key of the set of those that want an update of the call. */
  readonly wantedKey: string;
}

/**
 * Relies on BullMQ's layout: a job is a hash with the fields `progress` and `finishedOn`, and a lock shows that a
 * worker has it. `withdrawals.integration.ts` fails when that changes. The public API cannot write a job only if no
 * worker has it.
 *
 * Invariant: a record changes only while no worker has the job, and as it was read. What was withdrawn wants no update
 * any more, so that nobody sends one for it too (`OPEN_SHARED`); where somebody does already, nothing changes. The list
 * changes with the job: one that sleeps for long has no other step that would correct it.
 *
 * KEYS job, its lock, its shared attempts, wanted, then those of `WRITE_TERMS`. ARGV cancellation, progress as it was
 * read, how many attempts were read, progress, then those of `WRITE_TERMS`. Returns 1 if it was written.
 */
const WITHDRAW = `${WRITE_TERMS}
if redis.call('EXISTS', KEYS[2]) == 1 or redis.call('HLEN', KEYS[3]) ~= tonumber(ARGV[3]) then return 0 end
local job = redis.call('HMGET', KEYS[1], 'progress', 'finishedOn')
if (job[1] or '0') ~= ARGV[2] or job[2] then return 0 end
redis.call('HSET', KEYS[1], 'progress', ARGV[4])
redis.call('ZREM', KEYS[4], ARGV[1])
if ARGV[5] then writeTerms(KEYS[5], KEYS[6], unpack(ARGV, 5)) end
return 1`;

/** Takes back cancellations that nobody is carrying out, and says so in the list. */
@Injectable()
export class Withdrawals {
  private readonly script: Script<0 | 1>;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    @Inject(QUEUE_REDIS) redis: RedisClient,
    private readonly listing: Listing,
  ) {
    this.script = defineScript(redis, 'streamstopWithdraw', WITHDRAW);
  }

  /**
   * @param at epoch milliseconds
   * @returns false if a worker has taken it, or anything has changed meanwhile
   */
  async withdraw(id: string, at: number, shared: SharedState): Promise<boolean> {
    const job = await this.queue.getJob(id);
    if (job === undefined) return false;
    const record = withWithdrawn(recordOf(job), at);
    const listed = this.listing.writing({ ...storedCancellation(job, false), record });
    const keys = [this.queue.toKey(id), lockKey(this.queue, id), shared.attemptsKey, shared.wantedKey];
    const [before, after] = [JSON.stringify(job.progress), JSON.stringify(record)];
    const written = await this.script(
      [...keys, ...listed.keys],
      id,
      before,
      shared.attempts,
      after,
      ...listed.args,
    );
    return written === 1;
  }
}
