import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { ApiConnection } from '../queue/api.connection.js';
import { defineScript } from '../platform/redis/script.js';
import type { Script } from '../platform/redis/script.js';
import { CANCELLATIONS_QUEUE } from '../queue/cancellations.queue.js';
import { DELAYED_SCORE_FACTOR } from '../queue/overdue-jobs.js';
import type { CancellationQueue } from '../queue/cancellations.queue.js';
import { claiming } from './claim.js';
import type { Claiming } from './claim.js';

const HOUR_MS = 3_600_000;

/** The longest that a cancellation can be open, since no deadline is further away. */
const MAX_OPEN_MS = 24 * HOUR_MS;

/**
 * KEYS the claim, the jobs that wait, the job, the jobs that are delayed. ARGV the cancellation, how long the claim lasts (ms), the
 * score of a job that is delayed for as long.
 *
 * It is delayed in the same step, lest a worker starts it in the moment before it is removed. A new one stands at the head of those
 * that wait; BullMQ would look for it among all of them, and finds it among the delayed at once.
 */
const WITHDRAW = `
if redis.call('EXISTS', KEYS[3]) == 0 then
  redis.call('DEL', KEYS[1])
  return 'absent'
end
if redis.call('SET', KEYS[1], 'withdrawn', 'NX', 'PX', ARGV[2]) and redis.call('LREM', KEYS[2], 1, ARGV[1]) == 1 then
  redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1])
end
return redis.call('GET', KEYS[1])
`;

/** What a withdrawal comes to: it may be removed, a caller relies on it, or there is none. */
export type Claimed = 'withdrawn' | 'told' | 'absent';

/**
 * Decides, for all processes, between a caller who is told that a cancellation is under way and the withdrawal of that
 * cancellation by the process that could not answer for it: whoever comes first has won.
 */
@Injectable()
export class Told {
  private readonly ttlMs: number;
  private readonly claim: Claiming;
  private readonly claimWithdrawal: Script<Claimed>;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
  ) {
    // A withdrawal may come whenever Redis is back; the claim outlives the cancellation, finished or not.
    this.ttlMs = MAX_OPEN_MS + environment.RETENTION_HOURS * HOUR_MS;
    this.claim = claiming(connection.redis);
    this.claimWithdrawal = defineScript(connection.redis, 'streamstopWithdraw', WITHDRAW);
  }

  /** Whether a caller may be told of it; if not, it is being withdrawn. */
  async tell(cancellationId: string): Promise<boolean> {
    return (await this.claim(this.key(cancellationId), 'told', this.ttlMs)) === 'told';
  }

  /** One that may be removed is started by no worker any more. */
  withdraw(cancellationId: string): Promise<Claimed> {
    const [wait, job, delayed] = ['wait', cancellationId, 'delayed'].map((key) => this.queue.toKey(key));
    const keys = [this.key(cancellationId), wait, job, delayed] as string[];
    const score = (Date.now() + this.ttlMs) * DELAYED_SCORE_FACTOR;
    return this.claimWithdrawal(keys, cancellationId, this.ttlMs, score);
  }

  /** For one that turned out to be beyond withdrawal: callers may be told of it again. */
  async release(cancellationId: string): Promise<void> {
    await this.connection.redis.del(this.key(cancellationId));
  }

  private readonly key = (cancellationId: string): string =>
    `${this.environment.QUEUE_PREFIX}:told:${cancellationId}`;
}
