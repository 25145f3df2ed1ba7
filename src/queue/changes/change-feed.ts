import { setTimeout } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { redisTargetOf } from '../../config/redis/redis.environment.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { RareLine } from '../../platform/logging/rare-line.js';
import { connectWaiting } from '../../platform/redis/connection/connections.js';
import type { RedisClient } from '../../platform/redis/connection/client.js';
import { untraced } from '../../platform/trace/trace.js';
import { ApiConnection } from '../connections/api.connection.js';
import { changesKey } from './changes.js';
import { isBefore } from './position.js';

/** A cancellation has changed. */
export interface Change {
  /** Where the change stands in the stream of changes. */
  readonly position: string;
  readonly id: string;
}

export interface ChangeListener {
  onChange(change: Change): void;
  /** Changes before the one at `position`, which comes next, were missed. */
  onGap(position: string): void;
}

/** An entry as Redis returns it: its position, then fields and values in turn. */
type Entry = [position: string, fields: string[]];

/** Shorter than the time after which a connection drops a silent socket. */
const BLOCK_MS = 5000;
const AT_ONCE = 1000;
const AGAIN_MS = 1000;

/** Before the first change. */
const START = '0-0';

/** Reads the changes of all cancellations, once anybody listens, on one connection for the whole process. */
@Injectable()
export class ChangeFeed implements OnApplicationShutdown {
  private readonly key: string;
  private readonly listeners = new Set<ChangeListener>();
  private readonly failures = new RareLine(new Logger(ChangeFeed.name), 'warn', 'changes cannot be read');
  private redis: RedisClient | null = null;
  private position = START;
  private started: Promise<void> | null = null;
  private isClosed = false;

  constructor(
    private readonly environment: ServiceEnvironment,
    private readonly connection: ApiConnection,
  ) {
    this.key = changesKey(environment.QUEUE_PREFIX);
  }

  /**
   * What changes after this has resolved reaches the listener, in order. A listener that is there already is not added
   * again.
   *
   * @returns the position of the last change before
   */
  async subscribe(listener: ChangeListener): Promise<string> {
    this.started ??= this.start();
    await this.started;
    this.listeners.add(listener);
    return this.position;
  }

  /**
   * The first `most` changes after `position`, up to and with `last`.
   *
   * @returns null if some of them are not kept any more
   */
  async between(position: string, last: string, most: number): Promise<Change[] | null> {
    const { redis } = this.connection;
    const entries = await redis.xrange(this.key, `(${position}`, last, 'COUNT', most);
    // Asked last, because the stream may be trimmed in between.
    const [oldest] = await redis.xrange(this.key, '-', '+', 'COUNT', 1);
    if (isBefore(position, oldest?.[0] ?? START)) return null;
    return entries.map(changeOf);
  }

  onApplicationShutdown(): void {
    this.isClosed = true;
    this.redis?.disconnect();
  }

  private async start(): Promise<void> {
    try {
      const [newest] = await this.connection.redis.xrevrange(this.key, '+', '-', 'COUNT', 1);
      this.position = newest?.[0] ?? START;
    } catch (error) {
      this.started = null;
      throw error;
    }
    this.redis = untraced(() => {
      const redis = connectWaiting(redisTargetOf(this.environment));
      void this.read(redis);
      return redis;
    });
  }

  private async read(redis: RedisClient): Promise<void> {
    while (!this.isClosed) {
      try {
        await this.readNext(redis);
      } catch (error) {
        if (this.isClosed) return;
        this.failures.write({ error: String(error) });
        await setTimeout(AGAIN_MS);
      }
    }
  }

  /** Asks for the oldest change after the next ones, because the stream may be trimmed while Redis is out of reach. */
  private async readNext(redis: RedisClient): Promise<void> {
    const [next, oldest] = await Promise.all([
      redis.xread('COUNT', AT_ONCE, 'BLOCK', BLOCK_MS, 'STREAMS', this.key, this.position),
      redis.xrange(this.key, '-', '+', 'COUNT', 1),
    ]);
    const changes = (next?.[0]?.[1] ?? []).map(changeOf);
    const [first] = changes;
    if (first === undefined) return;
    if (this.position !== START && isBefore(this.position, oldest[0]?.[0] ?? START))
      for (const listener of this.listeners) listener.onGap(first.position);
    for (const change of changes) this.tell(change);
  }

  private tell(change: Change): void {
    this.position = change.position;
    for (const listener of this.listeners) listener.onChange(change);
  }
}

const changeOf = ([position, [, id = '']]: Entry): Change => ({ position, id });
