import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { handOver } from '../../platform/redis/transaction.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import { INTERVAL_MS } from './sample.js';
import type { Sample } from './sample.js';

export const HISTORY_MS = 15 * 60_000;

const SAMPLES_KEPT = HISTORY_MS / INTERVAL_MS;

/** The samples of the last 15 minutes, which all processes with the role `api` share. */
@Injectable()
export class History {
  /** List: the samples, the newest first. */
  private readonly key: string;

  constructor(
    private readonly connection: ApiConnection,
    private readonly clock: SharedClock,
    { QUEUE_PREFIX }: ServiceEnvironment,
  ) {
    this.key = `${QUEUE_PREFIX}:history`;
  }

  /**
   * Whether the caller is to take the sample of the interval: only the first one is. If it fails, that sample is
   * missing.
   *
   * @param at the end of the interval
   */
  async claim(at: number): Promise<boolean> {
    const { redis } = this.connection;
    return (await redis.set(`${this.key}:${at}`, 1, 'PX', 3 * INTERVAL_MS, 'NX')) === 'OK';
  }

  async add(sample: Sample): Promise<void> {
    await handOver(
      this.connection.redis
        .multi()
        .lpush(this.key, JSON.stringify(sample))
        .ltrim(this.key, 0, SAMPLES_KEPT - 1),
    );
  }

  /** Those of the last 15 minutes, the oldest first. Where none could be taken, there is none. */
  async recent(): Promise<Sample[]> {
    const samples = await this.connection.redis.lrange(this.key, 0, -1);
    const from = this.clock.now() - HISTORY_MS;
    return samples
      .map((sample) => JSON.parse(sample) as Sample)
      .filter(({ at }) => at > from)
      .toSorted((one, other) => one.at - other.at);
  }
}
