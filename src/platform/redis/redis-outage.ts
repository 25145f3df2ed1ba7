import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { redisFailure } from './redis-failure.js';

/**
 * Redis counts as back once every connection has held for this long without a refused write. One that comes and goes
 * would otherwise fill the log.
 */
const STEADY_MS = 1000;

/** The codes of an error when the other side has closed the connection. */
const HUNG_UP: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);

const CLOSED = { message: 'the connection was closed' };
const CLOSED_UNANSWERED = { message: 'closed before an answer' };

/**
 * Logs one line when Redis is lost and one when it is back: not one for each attempt to reconnect, and not one for each
 * connection of the process.
 */
export class RedisOutage {
  /** The connections that are not back yet, with the timers of those that may soon be. */
  private readonly lost = new Map<Redis, NodeJS.Timeout | undefined>();
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
      if (this.lost.has(redis)) this.recoverIfSteady(redis);
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
    redis.on('end', () => {
      clearTimeout(this.lost.get(redis));
      this.lost.delete(redis);
    });
  }

  /** This connection is lost, or Redis refused a write on it, so that it will be made anew. */
  lose(redis: Redis, error: Pick<NodeJS.ErrnoException, 'message' | 'code'>): void {
    clearTimeout(this.lost.get(redis));
    this.lost.set(redis, undefined);
    this.latest = redisFailure(this.url, error);
    // A close tells nothing that the line before did not.
    if (this.told.has(this.latest) || (error === CLOSED && this.told.size > 0)) return;
    this.told.add(this.latest);
    this.logger.warn('Redis is out of reach', { reason: this.latest });
  }

  private recoverIfSteady(redis: Redis): void {
    clearTimeout(this.lost.get(redis));
    this.lost.set(redis, setTimeout(() => this.recover(redis), STEADY_MS).unref());
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
