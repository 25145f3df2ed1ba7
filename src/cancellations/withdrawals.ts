import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { ApiConnection } from '../redis/api.connection.js';
import { CANCELLATIONS_QUEUE } from './cancellations.queue.js';
import type { CancellationQueue } from './cancellations.queue.js';
import { Told } from './told.js';

/** Beyond this many, the oldest is forgotten. */
const MAX_REMEMBERED = 10_000;

/** For a Redis that refuses: it stays connected, so that nothing tells when it has recovered. */
const TRY_AGAIN_MS = 1000;

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
