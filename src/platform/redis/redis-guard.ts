import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ReplyError } from 'ioredis';
import type { Counter } from 'prom-client';
import { requireSchema } from './checks/schema.js';
import { requireUndeclaredKeys } from './checks/undeclared-keys.js';
import { keepInStep } from './clock-sync.js';
import type { RoundTrips } from './clock-sync.js';
import { connectForChecks, isDatabaseRefused } from './connection/connections.js';
import type { RedisClient } from './connection/client.js';
import { DataMarker } from './data-marker.js';
import { outageOf } from './connection/redis-outage.js';
import { ConnectionStuckError, mistakenAddress, noSuchDatabase, UnusableRedisError } from './redis.errors.js';
import { requireRights } from './redis-rights.js';
import { checkRedisSafety } from './redis-safety.js';
import type { RedisTarget } from './connection/redis-target.js';
import type { SharedClock } from './shared-clock.js';

/** How long the start waits for a Redis that does not answer. A refused connection is not waited for. */
const START_TIMEOUT_MS = 2000;

/** Until the next check of a Redis that is loading its data, or lost. */
const RETRY_MS = 500;

const CHECK_EVERY_MS = 5000;

/**
 * How long a connection may stay lost while this one works: several times what the slowest reconnection takes. Some
 * faults of clients leave one lost for good (https://github.com/taskforcesh/bullmq/issues/4378).
 */
const STUCK_MS = 60_000;

export interface RedisGuardOptions {
  readonly target: RedisTarget;
  /** Of the service's keys. */
  readonly prefix: string;
  /** The version of the data in Redis that this process knows. */
  readonly schema: number;
  /** Accept a Redis that may evict keys. */
  readonly allowUnsafe: boolean;
  /** The process adds jobs or works on them, so they must be safe. */
  readonly holdsJobs: boolean;
  /** Kept in step with the clock of Redis. */
  readonly clock: SharedClock;
  /** Counts how often Redis lost its data. */
  readonly losses: Counter;
  readonly roundTrips: RoundTrips;
  /** Called when Redis turns out to be unusable, also after the start. */
  readonly onUnusable: (error: Error) => void;
  /** Called when another connection of this process does not come back. */
  readonly onStuck: (error: Error) => void;
}

/**
 * Watches over the Redis of a process: refuses one that lacks rights, may evict jobs or has data of another schema
 * version, reports lost data, and keeps the clock in step. It has its own connection because it starts before the roles.
 */
export class RedisGuard {
  private readonly logger = new Logger(RedisGuard.name);
  /** Waits for Redis to come back; others may use it, too. */
  readonly redis: RedisClient;
  private readonly marker: DataMarker;
  private readonly stopClock: () => void;
  private timer: NodeJS.Timeout;
  private checking = false;

  constructor(private readonly options: RedisGuardOptions) {
    const { target, prefix, losses, clock, roundTrips } = options;
    this.redis = connectForChecks(target);
    this.marker = new DataMarker(this.redis, prefix, losses, this.logger);
    this.stopClock = keepInStep(clock, this.redis, prefix, roundTrips);
  }

  /**
   * Checks Redis before anything else starts. A Redis that is away does not hold up the start; it is checked once it is
   * there, and `onUnusable` is called if it fails.
   *
   * @throws {UnusableRedisError}
   */
  async start(): Promise<void> {
    const checked = Promise.race([this.checkOnceThere(), this.databaseRefused()]);
    checked.catch(this.options.onUnusable);
    try {
      await Promise.race([checked, this.away()]);
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

  private databaseRefused(): Promise<never> {
    return new Promise((_, reject) => {
      this.redis.on('error', (error) => {
        if (isDatabaseRefused(error)) reject(noSuchDatabase(error.message));
      });
    });
  }

  /** Resolves once Redis turns out to be away, or after `START_TIMEOUT_MS`. */
  private away(): Promise<void> {
    return new Promise((resolve) => {
      this.redis.on('error', (error) => {
        if (!isDatabaseRefused(error)) resolve();
      });
      setTimeout(resolve, START_TIMEOUT_MS).unref();
    });
  }

  /** @throws {UnusableRedisError} */
  private async checkOnceThere(): Promise<void> {
    await ready(this.redis);
    try {
      await this.check();
    } catch (error) {
      if (error instanceof UnusableRedisError) throw error;
      const mistake = this.options.target.kind === 'single' ? mistakenAddress(error as Error) : null;
      if (mistake !== null) throw mistake;
      await delay(RETRY_MS, undefined, { ref: false });
      await this.checkOnceThere();
    }
  }

  private async check(): Promise<void> {
    const { prefix, schema, holdsJobs, allowUnsafe } = this.options;
    await requireRights(this.redis, prefix);
    await requireUndeclaredKeys(this.redis, prefix);
    await requireSchema(this.redis, prefix, schema);
    if (holdsJobs) await checkRedisSafety(this.redis, prefix, allowUnsafe, this.logger);
    // `stop` was called in the meantime.
    if (this.redis.status === 'end') return;
    const recheck = (): void => void this.recheck();
    this.redis.on('ready', recheck);
    this.timer = setInterval(recheck, CHECK_EVERY_MS).unref();
    await this.recheck();
  }

  private async recheck(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    if (this.options.holdsJobs) this.checkConnections();
    await this.checkData().catch((error: unknown) => {
      if (error instanceof UnusableRedisError) this.options.onUnusable(error);
      // What is wrong with Redis as a whole is logged elsewhere, once.
      else if (this.redis.status === 'ready' && !(error instanceof ReplyError))
        this.logger.warn('the data in Redis could not be checked', { error: String(error) });
    });
    this.checking = false;
  }

  private checkConnections(): void {
    if (this.redis.status === 'ready' && outageOf(this.options.target).longestMs > STUCK_MS)
      this.options.onStuck(new ConnectionStuckError(STUCK_MS / 1000));
  }

  /** @throws {OtherSchemaError} a process of another version has taken over */
  private async checkData(): Promise<void> {
    const { prefix, schema, holdsJobs } = this.options;
    await requireSchema(this.redis, prefix, schema);
    if (holdsJobs) await this.marker.check();
  }
}

/** Unlike Node's `once`, not rejected by an `error` event that comes first. */
const ready = (redis: RedisClient): Promise<void> =>
  new Promise((resolve) => {
    if (redis.status === 'ready') resolve();
    else redis.once('ready', () => resolve());
  });
