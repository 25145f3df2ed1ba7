import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { Counter } from 'prom-client';
import { keepInStep } from './clock-sync.js';
import { connectWaiting } from './connections.js';
import { DataMarker } from './data-marker.js';
import { checkRedisSafety } from './redis-safety.js';
import type { SharedClock } from './shared-clock.js';

/** How long the start waits for a Redis that does not answer. A refused connection is not waited for. */
const START_TIMEOUT_MS = 2000;

const CHECK_EVERY_MS = 5000;

export interface RedisGuardOptions {
  readonly url: string;
  /** Of the key that marks the data as present. */
  readonly prefix: string;
  /** Accept a Redis that may evict keys. */
  readonly allowUnsafe: boolean;
  /** Kept in step with the clock of Redis. */
  readonly clock: SharedClock;
  /** Counts how often Redis lost its data. */
  readonly losses: Counter;
  /** Called when Redis turns out to be unsafe, also after the start. */
  readonly onUnsafe: (error: Error) => void;
}

/**
 * Watches over the Redis that holds a process's jobs: refuses one that may evict them, reports lost data, and keeps the
 * clock in step. It has its own connection because it starts before the roles.
 */
export class RedisGuard {
  private readonly logger = new Logger(RedisGuard.name);
  private readonly redis: Redis;
  private readonly marker: DataMarker;
  private readonly stopClock: () => void;
  private timer: NodeJS.Timeout;
  private checking = false;

  constructor(private readonly options: RedisGuardOptions) {
    const { url, prefix, losses, clock } = options;
    this.redis = connectWaiting(url, this.logger);
    this.marker = new DataMarker(this.redis, prefix, losses, this.logger);
    this.stopClock = keepInStep(clock, this.redis);
  }

  /**
   * Checks Redis before anything else starts. A Redis that is away does not hold up the start; it is checked once it is
   * there, and `onUnsafe` is called if it fails.
   *
   * @throws {UnsafeRedisError}
   */
  async start(): Promise<void> {
    const checked = ready(this.redis).then(() => this.check());
    checked.catch(this.options.onUnsafe);
    const away = once(this.redis, 'error', { signal: AbortSignal.timeout(START_TIMEOUT_MS) });
    try {
      await Promise.race([checked, away.catch(() => undefined)]);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  stop(): void {
    clearInterval(this.timer);
    this.stopClock();
    this.redis.disconnect();
  }

  private async check(): Promise<void> {
    await checkRedisSafety(this.redis, this.options.allowUnsafe, this.logger);
    // `stop` was called in the meantime.
    if (this.redis.status === 'end') return;
    const checkMarker = (): void => void this.checkMarker();
    this.redis.on('ready', checkMarker);
    this.timer = setInterval(checkMarker, CHECK_EVERY_MS).unref();
    await this.checkMarker();
  }

  private async checkMarker(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    await this.marker.check().catch((error: unknown) => {
      if (this.redis.status === 'ready')
        this.logger.warn('the data marker could not be read', { error: String(error) });
    });
    this.checking = false;
  }
}

/** Unlike Node's `once`, not rejected by an `error` event that comes first. */
const ready = (redis: Redis): Promise<void> =>
  new Promise((resolve) => {
    redis.once('ready', () => resolve());
  });
