import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { ApiConnection } from '../redis/api.connection.js';
import { defineScript } from '../redis/script.js';
import type { Script } from '../redis/script.js';
import { CANCELLATIONS_QUEUE } from './cancellations.queue.js';
import type { CancellationQueue } from './cancellations.queue.js';
import { claiming } from './claim.js';
import type { Claiming } from './claim.js';

const HOUR_MS = 3_600_000;

/** The longest that a cancellation can be open, since no deadline is further away. */
const MAX_OPEN_MS = 24 * HOUR_MS;

/** Taken off the list in the same step, lest a worker starts it in the moment before it is removed. */
const WITHDRAW = `
if redis.call('SET', KEYS[1], 'withdrawn', 'NX', 'PX', ARGV[2]) then
  redis.call('LREM', KEYS[2], 0, ARGV[1])
end
return redis.call('GET', KEYS[1])
`;

/**
 * Decides, for all processes, between a caller who is told that a cancellation is under way and the withdrawal of that
 * cancellation by the process that could not answer for it: whoever comes first has won.
 */
@Injectable()
export class Told {
  private readonly ttlMs: number;
  private readonly claim: Claiming;
  private readonly claimWithdrawal: Script<string>;

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

  /** Whether it may be removed, which a worker does not start then; if not, a caller relies on it. */
  async withdraw(cancellationId: string): Promise<boolean> {
    const keys = [this.key(cancellationId), this.queue.toKey('wait')];
    return (await this.claimWithdrawal(keys, cancellationId, this.ttlMs)) === 'withdrawn';
  }

  /** For one that turned out to be beyond withdrawal: callers may be told of it again. */
  async release(cancellationId: string): Promise<void> {
    await this.connection.redis.del(this.key(cancellationId));
  }

  private readonly key = (cancellationId: string): string =>
    `${this.environment.QUEUE_PREFIX}:told:${cancellationId}`;
}
