import { randomUUID } from 'node:crypto';
import type { LoggerService } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { Counter } from 'prom-client';

/** A key that is there as long as Redis has kept its data: its absence, or another's in its place, tells of a loss. */
export class DataMarker {
  private readonly key: string;
  private remembered: string | null = null;

  constructor(
    private readonly redis: Redis,
    prefix: string,
    private readonly losses: Counter,
    private readonly logger: LoggerService,
  ) {
    this.key = `${prefix}:data`;
  }

  /** Notices what has been lost since the last look. */
  async look(): Promise<void> {
    const found = await this.redis.get(this.key);
    if (found !== null && found === this.remembered) return;
    if (this.remembered !== null) this.tell(found);
    this.remembered = found ?? (await this.write());
  }

  /** The one that stands in Redis afterwards: another process may have been quicker. */
  private async write(): Promise<string | null> {
    await this.redis.set(this.key, randomUUID(), 'NX');
    return this.redis.get(this.key);
  }

  private tell(found: string | null): void {
    this.losses.inc();
    this.logger.error(
      `Redis lost its data: the marker ${this.key} is ${found === null ? 'gone' : 'another one'}, and with it went ` +
        'every cancellation that was queued. Was it flushed, restarted without persistence, or replaced by another Redis?',
    );
  }
}
