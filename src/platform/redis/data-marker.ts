import { randomUUID } from 'node:crypto';
import type { LoggerService } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { RedisClient } from './connection/client.js';

/** A key with a random value. If it disappears or changes, Redis has lost its data. */
export class DataMarker {
  private readonly key: string;
  private known: string | null = null;

  constructor(
    private readonly redis: RedisClient,
    prefix: string,
    private readonly losses: Counter,
    private readonly logger: LoggerService,
  ) {
    this.key = `${prefix}:data`;
  }

  /** Reports a loss since the last check. */
  async check(): Promise<void> {
    const found = await this.redis.get(this.key);
    if (found !== null && found === this.known) return;
    if (this.known !== null) this.reportLoss(found);
    this.known = found ?? (await this.write());
  }

  /** @returns the value in Redis afterwards, which another process may have written first */
  private async write(): Promise<string | null> {
    await this.redis.set(this.key, randomUUID(), 'NX');
    return this.redis.get(this.key);
  }

  private reportLoss(found: string | null): void {
    this.losses.inc();
    this.logger.error('Redis lost its data, and with it every queued cancellation', {
      key: this.key,
      found: found === null ? 'nothing' : 'another value',
      advice: 'Was Redis flushed, restarted without persistence, or replaced?',
    });
  }
}
