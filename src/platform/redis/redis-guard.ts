import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { SharedByRoles } from '../../process.module.js';
import { keepInStep } from './clock-sync.js';
import { connectWaiting } from './connections.js';
import { DataMarker } from './data-marker.js';
import { checkRedisSafety } from './redis-safety.js';

/** How long the start waits for a Redis that says nothing; one that refuses the connection is not waited for. */
const START_TIMEOUT_MS = 2000;

const LOOK_EVERY_MS = 5000;

/**
 * What a process whose jobs are in Redis does about Redis itself, whatever its roles: refuses one that may lose jobs,
 * notices when one has lost them, and keeps the clock in step. On a connection of its own, since it comes before the roles.
 */
export class RedisGuard {
  private readonly logger = new Logger(RedisGuard.name);
  private readonly redis: Redis;
  private readonly marker: DataMarker;
  private readonly stopClock: () => void;
  private lookout: NodeJS.Timeout;
  private looking = false;

  constructor(private readonly shared: SharedByRoles) {
    const { environment, metrics, clock } = shared;
    this.redis = connectWaiting(environment.REDIS_URL, this.logger);
    this.marker = new DataMarker(this.redis, environment.QUEUE_PREFIX, metrics.redisDataLost, this.logger);
    this.stopClock = keepInStep(clock, this.redis);
  }

  /**
   * Where Redis can be reached, it is found safe before anything else starts. Where not, the process starts all the
   * same, and dies of an unsafe one once that is there.
   *
   * @throws {UnsafeRedisError}
   */
  async start(): Promise<void> {
    const checked = ready(this.redis).then(() => this.check());
    checked.catch((error: Error) => this.shared.readiness.die('redis', error));
    const away = once(this.redis, 'error', { signal: AbortSignal.timeout(START_TIMEOUT_MS) });
    try {
      await Promise.race([checked, away.catch(() => undefined)]);
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  stop(): void {
    clearInterval(this.lookout);
    this.stopClock();
    this.redis.disconnect();
  }

  private async check(): Promise<void> {
    await checkRedisSafety(this.redis, this.shared.environment.ALLOW_UNSAFE_REDIS, this.logger);
    // Stopped in the meantime.
    if (this.redis.status === 'end') return;
    const look = (): void => void this.look();
    this.redis.on('ready', look);
    this.lookout = setInterval(look, LOOK_EVERY_MS).unref();
    await this.look();
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    await this.marker.look().catch((error: unknown) => {
      if (this.redis.status === 'ready')
        this.logger.warn('the marker was not read', { error: String(error) });
    });
    this.looking = false;
  }
}

/** Unlike Node's `once`, not ended by the errors that precede it. */
const ready = (redis: Redis): Promise<void> =>
  new Promise((resolve) => {
    redis.once('ready', () => resolve());
  });
