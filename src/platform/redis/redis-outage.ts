import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { redisFailure } from './redis-failure.js';

/** A read-only Redis counts as back once it has refused no write for this long. */
const UNREFUSED_MS = 1000;

/** The codes of an error when the other side has closed the connection. */
const HUNG_UP: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);

const CLOSED = { message: 'the connection was closed' };
const CLOSED_UNANSWERED = { message: 'closed before an answer' };

/**
 * Logs one line when Redis is lost and one when it is back: not one for each attempt to reconnect, and not one for each
 * connection of the process.
 */
export class RedisOutage {
  /** The connections that are lost, and the timers of those that are only refused writes. */
  private readonly lost = new Map<Redis, NodeJS.Timeout | null>();
  private readonly told = new Set<string>();
  private latest: string | null = null;

  constructor(
    private readonly url: string,
    private readonly logger: Pick<Logger, 'log' | 'warn'> = new Logger('Redis'),
  ) {}

  /** What is wrong with Redis, in words; also where a connection has not been made yet. */
  get reason(): string {
    return this.latest ?? redisFailure(this.url, { message: 'LOADING, or it has not answered yet' });
  }

  watch(redis: Redis): void {
    let phase: 'apart' | 'connected' | 'ready' = 'apart';
    let isExplained = false;
    redis.on('connect', () => {
      phase = 'connected';
      isExplained = false;
    });
    redis.on('ready', () => {
      phase = 'ready';
      if (this.lost.get(redis) === null) this.recover(redis);
    });
    redis.on('error', (error: NodeJS.ErrnoException) => {
      isExplained = true;
      this.lose(redis, phase === 'connected' && HUNG_UP.has(error.code) ? CLOSED_UNANSWERED : error);
    });
    // An orderly close by Redis emits no error, and a close of our own no `reconnecting`.
    redis.on('reconnecting', () => {
      if (!isExplained) this.lose(redis, phase === 'ready' ? CLOSED : CLOSED_UNANSWERED);
      phase = 'apart';
    });
    redis.on('end', () => this.lost.delete(redis));
  }

  /** Redis refused a write on this connection, which will be made anew. */
  refuse(redis: Redis, error: Error): void {
    clearTimeout(this.lost.get(redis) ?? undefined);
    this.lose(redis, error);
    const timer = setTimeout(() => {
      this.lost.set(redis, null);
      if (redis.status === 'ready') this.recover(redis);
    }, UNREFUSED_MS);
    this.lost.set(redis, timer.unref());
  }

  private lose(redis: Redis, error: Pick<NodeJS.ErrnoException, 'message' | 'code'>): void {
    if (!this.lost.has(redis)) this.lost.set(redis, null);
    this.latest = redisFailure(this.url, error);
    // A close tells nothing that the line before did not.
    if (this.told.has(this.latest) || (error === CLOSED && this.told.size > 0)) return;
    this.told.add(this.latest);
    this.logger.warn('Redis is out of reach', { reason: this.latest });
  }

  private recover(redis: Redis): void {
    this.lost.delete(redis);
    if (this.lost.size > 0) return;
    this.told.clear();
    this.latest = null;
    this.logger.log('Redis is back');
  }
}

const outages = new Map<string, RedisOutage>();

/** Shared by all connections of the process to the same Redis, because they are lost and found together. */
export function outageOf(url: string): RedisOutage {
  const outage = outages.get(url) ?? new RedisOutage(url);
  outages.set(url, outage);
  return outage;
}
