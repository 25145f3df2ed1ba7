import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { ApiConnection } from '../queue/api.connection.js';
import { answeredInTime } from './answered-in-time.js';
import type { InTime } from './answered-in-time.js';
import { QueueAnswerLostError, QueueUnavailableError } from './errors.js';
import { CANCELLATIONS_QUEUE } from '../queue/cancellations.queue.js';
import type { CancellationQueue } from '../queue/cancellations.queue.js';
import type { Entry } from '../queue/new-jobs.js';
import { isRefusal } from '../queue/refusal.js';
import { Told } from './told.js';

/** Beyond this many, the oldest is forgotten: a hundred of the largest batches. */
const MAX_REMEMBERED = 100_000;

/** Withdrawn at a time, so that other requests are answered in between. */
const AT_ONCE = 500;

/** For a Redis that refuses: it stays connected, so that nothing tells when it has recovered. */
const TRY_AGAIN_MS = 1000;

/** Queues several cancellations; says what they will be before it does. */
type CreateAll<T> = (inTime: InTime, queueing: (entries: readonly Entry[]) => void) => Promise<T>;

/** Takes back cancellations that Redis may have queued although their callers were told 503. */
@Injectable()
export class Withdrawals implements OnModuleInit {
  private readonly logger = new Logger(Withdrawals.name);
  private readonly ids = new Set<string>();
  /** Of these, an answer is expected. */
  private readonly asked = new Set<string>();
  private later: NodeJS.Timeout | null = null;

  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) private readonly queue: CancellationQueue,
    private readonly connection: ApiConnection,
    private readonly told: Told,
  ) {}

  onModuleInit(): void {
    this.connection.redis.on('ready', () => {
      // What was asked on the connection before may never be answered.
      this.asked.clear();
      void this.withdrawAll();
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
        if (error instanceof QueueUnavailableError) untold = [];
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

  private async withdrawAll(): Promise<void> {
    const ids = [...this.ids];
    for (let start = 0; start < ids.length; start += AT_ONCE)
      await Promise.all(ids.slice(start, start + AT_ONCE).map((id) => this.withdraw(id)));
  }

  /** Never rejects. */
  private async withdraw(cancellationId: string): Promise<void> {
    if (!this.ids.has(cancellationId) || this.asked.has(cancellationId)) return;
    this.asked.add(cancellationId);
    try {
      const outcome = await this.remove(cancellationId);
      this.ids.delete(cancellationId);
      this.logger.warn(`${outcome}; its caller was told 503`, { cancellationId });
    } catch (error) {
      this.tryLater(error);
    }
    this.asked.delete(cancellationId);
  }

  private tryLater(error: unknown): void {
    if (this.later !== null || !this.connection.isReady) return;
    this.logger.warn('cancellations not withdrawn yet', { count: this.ids.size, error: String(error) });
    this.later = setTimeout(() => {
      this.later = null;
      void this.withdrawAll();
    }, TRY_AGAIN_MS).unref();
  }

  private async remove(cancellationId: string): Promise<string> {
    const claimed = await this.told.withdraw(cancellationId);
    if (claimed === 'absent') return 'cancellation not queued';
    if (claimed === 'told') return 'cancellation kept, since another caller relies on it';
    if ((await this.queue.remove(cancellationId)) > 0) return 'cancellation withdrawn';
    await this.told.release(cancellationId);
    return 'cancellation kept, since a worker has it';
  }
}
