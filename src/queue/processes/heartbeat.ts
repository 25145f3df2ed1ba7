import pTimeout from 'p-timeout';
import type { RedisClient } from '../../platform/redis/connection/client.js';
import { handOver } from '../../platform/redis/transaction.js';
import type { SharedClock } from '../../platform/redis/shared-clock.js';
import type { OwnProcess } from './own-process.js';
import { processesKey, processKey } from './process-keys.js';

const BEAT_EVERY_MS = 2000;

/** Three beats: a busy process may be late. */
const KEPT_MS = 6000;

/** Ids of processes that died leave the set of ids then; nobody sees them meanwhile. */
const FORGOTTEN_AFTER_MS = 60_000;

/** How long an orderly stop waits for Redis to take the process off the list. */
const LEAVE_WITHIN_MS = 500;

/** Tells the other processes that this one runs, for as long as it does. */
export class Heartbeat {
  private readonly timer: NodeJS.Timeout;
  private isBeating = false;

  constructor(
    private readonly redis: RedisClient,
    private readonly prefix: string,
    private readonly own: OwnProcess,
    private readonly clock: Pick<SharedClock, 'now' | 'isShared'>,
  ) {
    this.timer = setInterval(() => void this.beat(), BEAT_EVERY_MS).unref();
    void this.beat();
  }

  /** Takes the process off the list at once, if Redis can be reached. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    if (this.redis.status !== 'ready') return;
    const { id } = this.own;
    const left = this.redis
      .multi()
      .del(processKey(this.prefix, id))
      .zrem(processesKey(this.prefix), id)
      .exec()
      .catch(() => undefined);
    await pTimeout(left, { milliseconds: LEAVE_WITHIN_MS, fallback: () => undefined });
  }

  /** Commands would pile up while Redis is away. Who else uses the connection says what is wrong with it. */
  private async beat(): Promise<void> {
    if (this.isBeating || this.redis.status !== 'ready' || !this.clock.isShared) return;
    this.isBeating = true;
    await this.write().catch(() => undefined);
    this.isBeating = false;
  }

  private async write(): Promise<void> {
    const report = this.own.report();
    const now = this.clock.now();
    const all = processesKey(this.prefix);
    await handOver(
      this.redis
        .multi()
        .set(processKey(this.prefix, report.id), JSON.stringify(report), 'PX', KEPT_MS)
        .zadd(all, now, report.id)
        .zremrangebyscore(all, '-inf', now - FORGOTTEN_AFTER_MS),
    );
  }
}
