import type { Redis } from 'ioredis';
import type { Attempt, OpenAttempt } from '../cancellation/record.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import { handOver } from '../platform/redis/transaction.js';
import { LANE_MARGIN_MS, sharedAttemptsKey } from './lane-keys.js';

/** What an attempt came to that was sent for several cancellations of a call. */
export interface SharedAttempt {
  readonly open: OpenAttempt;
  /** Null while it is under way, or if its worker is gone. */
  readonly ended: { readonly attempt: Attempt; readonly callEnded: boolean } | null;
}

/**
 * Tells cancellations about attempts that another one sent for them. An attempt is written before its POST and again with its
 * outcome, so that a worker's death hides it from nobody.
 */
export class SharedAttempts {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  /** @param sender the cancellation whose run sends the attempt */
  async write(
    sender: string,
    companions: readonly Pick<StoredCancellation, 'id' | 'data'>[],
    attempt: SharedAttempt,
  ): Promise<void> {
    if (companions.length === 0) return;
    const commands = this.redis.multi();
    for (const { id, data } of companions) {
      const key = sharedAttemptsKey(this.prefix, id);
      commands
        .hset(key, `${sender}:${attempt.open.startedAt}`, JSON.stringify(attempt))
        .pexpireat(key, data.deadline + LANE_MARGIN_MS);
    }
    await handOver(commands);
  }

  /** The attempt was not sent after all. */
  async remove(
    sender: string,
    companions: readonly Pick<StoredCancellation, 'id'>[],
    { startedAt }: OpenAttempt,
  ): Promise<void> {
    await Promise.all(
      companions.map(({ id }) =>
        this.redis.hdel(sharedAttemptsKey(this.prefix, id), `${sender}:${startedAt}`),
      ),
    );
  }

  /** Oldest first. */
  async read(cancellationId: string): Promise<SharedAttempt[]> {
    const kept = await this.redis.hvals(sharedAttemptsKey(this.prefix, cancellationId));
    return kept
      .map((text) => JSON.parse(text) as SharedAttempt)
      .toSorted((one, other) => one.open.startedAt - other.open.startedAt);
  }
}
