import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { ApiConnection } from '../redis/api.connection.js';
import { answeredInTime } from './answered-in-time.js';
import type { InTime } from './answered-in-time.js';
import { QueueAnswerLostError } from './cancellations.errors.js';
import { CANCELLATIONS_QUEUE } from './cancellations.queue.js';
import type { CancellationQueue } from './cancellations.queue.js';
import type { Entry } from './new-jobs.js';
import { isRefusal } from './refusal.js';
import { Told } from './told.js';

/** Beyond this many, the oldest is forgotten. */
const MAX_REMEMBERED = 10_000;

/** For a Redis that refuses: it stays connected, so that nothing tells when it has recovered. */
const TRY_AGAIN_MS = 1000;

/** Queues several cancellations; says what they will be before it does. */
type CreateAll<T> = (inTime: InTime, queueing: (entries: readonly Entry[]) => void) => Promise<T>;

/** Takes back cancellations that Redis may have queued although their callers were told 503. */
@Injectable()
export class Withdrawals implements OnModuleInit {
  private readonly logger = new Logger(Withdrawals.name);
  private readonly ids = new Set<string>();

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    private readonly connection: ApiConnection,
    private readonly told: Told,
  ) {}

  onModuleInit(): void {
    this.connection.redis.on('ready', () => {
      for (const id of this.ids) void this.withdraw(id);
    });
  }

  /** At once where a slow Redis still reads what it is sent, in order; else as soon as it is back. */
  add(id: string): void {
    this.ids.add(id);
    const [oldest] = this.ids;
    if (this.ids.size > MAX_REMEMBERED && oldest !== undefined) this.ids.delete(oldest);
    void this.withdraw(id);
  }

  /**
   * Takes back all that `create` has queued where their caller is not told of them.
   *
   * @throws {QueueUnavailableError} nothing was queued
   * @throws {QueueAnswerLostError} what was queued is not known; it is withdrawn
   */
  answeredOrWithdrawn<T>(create: CreateAll<T>): Promise<T> {
    let untold: readonly Entry[] = [];
    const withdraw = (): void => {
      for (const { id } of untold) this.add(id);
      untold = [];
    };
    const createOrWithdraw = async (inTime: InTime): Promise<T> => {
      const queueing = (entries: readonly Entry[]): void => {
        inTime();
        untold = entries;
      };
      try {
        return await create(inTime, queueing);
      } catch (error) {
        const isBegun = untold.length > 0;
        withdraw();
        // What Redis refuses from there on, it may have refused in the middle.
        throw isBegun && isRefusal(error) ? new QueueAnswerLostError(error) : error;
      }
    };
    return answeredInTime(this.connection, createOrWithdraw, (cause) => {
      withdraw();
      return new QueueAnswerLostError(cause);
    });
  }

  private async withdraw(cancellationId: string): Promise<void> {
    try {
      const outcome = await this.remove(cancellationId);
      this.ids.delete(cancellationId);
      this.logger.warn(`${outcome}; its caller was told 503`, { cancellationId });
    } catch (error) {
      this.logger.warn('cancellation not withdrawn yet', { cancellationId, error: String(error) });
      if (this.connection.isReady) setTimeout(() => void this.withdraw(cancellationId), TRY_AGAIN_MS).unref();
    }
  }

  private async remove(cancellationId: string): Promise<string> {
    if (!(await this.told.withdraw(cancellationId)))
      return 'cancellation kept, since another caller relies on it';
    if ((await this.queue.remove(cancellationId)) > 0) return 'cancellation withdrawn';
    await this.told.release(cancellationId);
    return 'cancellation kept, since a worker has it';
  }
}
