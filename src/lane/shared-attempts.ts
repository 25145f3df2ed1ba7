import type { RedisClient } from '../platform/redis/connection/client.js';
import { callKey } from '../cancellation/keys.js';
import type { Attempt, CancellationRecord, OpenAttempt } from '../cancellation/record.js';
import { MAX_ATTEMPTS_KEPT } from '../cancellation/record-updates.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import { defineScript } from '../platform/redis/script.js';
import type { Script } from '../platform/redis/script.js';
import { handOver } from '../platform/redis/transaction.js';
import { LANE_MARGIN_MS, sharedAttemptsKey, wantedKey } from './lane-keys.js';
import { OPEN_SHARED } from './lane.lua.js';

/** What an attempt came to that was sent for several cancellations of a call. */
export interface SharedAttempt {
  readonly open: OpenAttempt;
  /** Null while it is under way, or if its worker is gone. */
  readonly ended: { readonly attempt: Attempt; readonly callEnded: boolean } | null;
}

/** The POST, and the read of the call that may follow it. */
const POST_AND_READ = 2;
const REPORT_MARGIN_MS = 2000;

/** Whether the sender of an attempt must be gone if it has not reported it by `now`. */
export const isSenderGone = ({ startedAt }: OpenAttempt, requestTimeoutMs: number, now: number): boolean =>
  now >= startedAt + POST_AND_READ * requestTimeoutMs + REPORT_MARGIN_MS;

type Companion = Pick<StoredCancellation, 'id' | 'data'>;

/**
 * Tells cancellations about attempts that another one sent for them. An attempt is written before its POST and again
 * with its outcome, so that a worker's death hides it from nobody.
 */
export class SharedAttempts {
  private readonly openScript: Script<string[]>;

  constructor(
    private readonly redis: RedisClient,
    private readonly prefix: string,
  ) {
    this.openScript = defineScript(redis, 'streamstopOpenShared', OPEN_SHARED);
  }

  /**
   * Tells companions that an attempt is about to be sent.
   *
   * @param sender the cancellation whose run sends it
   * @returns those that still want it; the attempt must not stop the streams of any other
   */
  async open<T extends Companion>(
    sender: Companion,
    companions: readonly T[],
    open: OpenAttempt,
  ): Promise<T[]> {
    if (companions.length === 0) return [];
    const told = await this.openScript(
      [wantedKey(this.prefix, callKey(sender.data)), ...companions.map(({ id }) => this.keyOf(id))],
      fieldOf(sender, open),
      valueOf({ open, ended: null }),
      ...companions.flatMap(({ id, data }) => [id, data.deadline + LANE_MARGIN_MS]),
    );
    const wanting = new Set(told);
    return companions.filter(({ id }) => wanting.has(id));
  }

  /** Tells companions what the attempt came to. */
  async end(
    sender: Pick<Companion, 'id'>,
    companions: readonly Companion[],
    ended: NonNullable<SharedAttempt['ended']>,
  ): Promise<void> {
    if (companions.length === 0) return;
    const { startedAt, strategy } = ended.attempt;
    const open = { startedAt, strategy };
    const commands = this.redis.multi();
    for (const { id, data } of companions)
      commands
        .hset(this.keyOf(id), fieldOf(sender, open), valueOf({ open, ended }))
        .pexpireat(this.keyOf(id), data.deadline + LANE_MARGIN_MS);
    await handOver(commands);
  }

  /** The attempt was not sent after all. */
  async remove(
    sender: Pick<Companion, 'id'>,
    companions: readonly Pick<Companion, 'id'>[],
    open: OpenAttempt,
  ): Promise<void> {
    await Promise.all(companions.map(({ id }) => this.redis.hdel(this.keyOf(id), fieldOf(sender, open))));
  }

  /** Oldest first. */
  async read(cancellationId: string): Promise<SharedAttempt[]> {
    return sharedAttemptsIn(await this.redis.hvals(this.keyOf(cancellationId)));
  }

  private keyOf(cancellationId: string): string {
    return sharedAttemptsKey(this.prefix, cancellationId);
  }
}

const fieldOf = ({ id }: Pick<Companion, 'id'>, { startedAt }: OpenAttempt): string => `${id}:${startedAt}`;

const valueOf = (attempt: SharedAttempt): string => JSON.stringify(attempt);

/** Oldest first. @param values of the hash */
export const sharedAttemptsIn = (values: readonly string[]): SharedAttempt[] =>
  values
    .map((text) => JSON.parse(text) as SharedAttempt)
    .toSorted((one, other) => one.open.startedAt - other.open.startedAt);

/** The attempts that others sent and that the record does not list. */
export function unlistedIn(
  { attempts }: Pick<CancellationRecord, 'attempts'>,
  shared: readonly SharedAttempt[],
): SharedAttempt[] {
  const known = new Set(attempts.map(({ startedAt }) => startedAt));
  // Newer attempts have pushed the older ones out of a full record.
  const since = attempts.length === MAX_ATTEMPTS_KEPT ? (attempts[0]?.startedAt ?? 0) : 0;
  return shared.filter(({ open }) => !known.has(open.startedAt) && open.startedAt >= since);
}
