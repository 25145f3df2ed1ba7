import type { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import { Cluster } from 'ioredis';
import { RareLine } from '../../logging/rare-line.js';
import type { RedisClient } from './client.js';
import { redisFailure } from './redis-failure.js';
import { describeTarget } from './redis-target.js';
import type { RedisTarget } from './redis-target.js';

/**
 * Redis counts as back once every connection has held for this long without a refused write. One that comes and goes
 * would otherwise fill the log.
 */
const STEADY_MS = 1000;

interface Loss {
  /** Since when it is lost, or was last ready; by `performance.now()`. */
  readonly since: number;
  /** Of a connection that may soon count as back. */
  readonly recovery: NodeJS.Timeout | undefined;
}

/** The codes of an error when the other side has closed the connection. */
const HUNG_UP: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);

const CLOSED = { message: 'the connection was closed' };
const CLOSED_UNANSWERED = { message: 'closed before an answer' };
const SILENT = { message: 'no answer came' };

/** Redis closes a connection that it does not want sooner. After that, it was this process that has given up. */
const CLOSES_WITHIN_MS = 1000;

/** ioredis connects to a cluster and leaves it again while `CLUSTER INFO` does not say that it is well. */
const NOT_WELL = { message: 'CLUSTERDOWN' };

/**
 * Logs one line when Redis is lost and one when it is back: not one for each attempt to reconnect, and not one for each
 * connection of the process.
 */
export class RedisOutage {
  /** The connections that are not back yet. */
  private readonly lost = new Map<RedisClient, Loss>();
  private readonly told = new Set<string>();
  private readonly failedNode: RareLine;
  private latest: string | null = null;

  constructor(
    private readonly target: RedisTarget,
    private readonly logger: Pick<Logger, 'log' | 'warn' | 'error' | 'debug'> = new Logger('Redis'),
  ) {
    this.failedNode = new RareLine(logger, 'warn', 'a node of the Redis cluster failed');
  }

  /** What is wrong with Redis, in words; also where a connection has not been made yet. */
  get reason(): string {
    return this.latest ?? redisFailure(this.target, { message: 'LOADING, or it has not answered yet' });
  }

  watch(redis: RedisClient): void {
    const events: EventEmitter = redis;
    let phase: 'apart' | 'connected' | 'ready' = 'apart';
    let isExplained = false;
    let connectedAt = 0;
    events.on('connect', () => {
      phase = 'connected';
      connectedAt = performance.now();
      isExplained = false;
    });
    events.on('ready', () => {
      phase = 'ready';
      this.recoverIfSteady(redis);
    });
    events.on('error', (error: NodeJS.ErrnoException & { lastNodeError?: Error }) => {
      isExplained = true;
      const hungUp = phase === 'connected' && HUNG_UP.has(error.code);
      this.lose(redis, hungUp ? CLOSED_UNANSWERED : (error.lastNodeError ?? error));
    });
    // The cluster may go on without it.
    events.on('node error', (error: Error, node: string) =>
      this.failedNode.write({ node, error: error.message }),
    );
    // An orderly close by Redis emits no error, and a close of our own no `reconnecting`.
    events.on('reconnecting', () => {
      if (!isExplained) this.lose(redis, phase === 'ready' ? CLOSED : unanswered(redis, connectedAt));
      phase = 'apart';
    });
    events.on('end', () => {
      clearTimeout(this.lost.get(redis)?.recovery);
      this.lost.delete(redis);
    });
  }

  /** This connection is lost, or Redis refused a write on it, so that it will be made anew. */
  lose(redis: RedisClient, error: Pick<NodeJS.ErrnoException, 'message' | 'code'>): void {
    const known = this.lost.get(redis);
    clearTimeout(known?.recovery);
    this.lost.set(redis, { since: known?.since ?? performance.now(), recovery: undefined });
    this.latest = redisFailure(this.target, error);
    // A close tells nothing that the line before did not.
    if (this.told.has(this.latest) || (error === CLOSED && this.told.size > 0)) return;
    this.told.add(this.latest);
    this.logger.warn('Redis is out of reach', { reason: this.latest });
  }

  /** For how long a connection has not been ready, at the longest; milliseconds, 0 if none is lost. */
  get longestMs(): number {
    const now = performance.now();
    return Math.max(0, ...[...this.lost.values()].map(({ since }) => now - since));
  }

  private recoverIfSteady(redis: RedisClient): void {
    const known = this.lost.get(redis);
    if (known === undefined) return;
    clearTimeout(known.recovery);
    const recovery = setTimeout(() => this.recover(redis), STEADY_MS).unref();
    this.lost.set(redis, { since: performance.now(), recovery });
  }

  private recover(redis: RedisClient): void {
    this.lost.delete(redis);
    if (this.lost.size > 0) return;
    this.told.clear();
    this.latest = null;
    this.logger.log('Redis is back');
  }
}

/** Why a connection that was never ready has ended without an error. */
function unanswered(redis: RedisClient, connectedAt: number): { readonly message: string } {
  if (redis instanceof Cluster) return NOT_WELL;
  return performance.now() - connectedAt < CLOSES_WITHIN_MS ? CLOSED_UNANSWERED : SILENT;
}

const outages = new Map<string, RedisOutage>();

/** Shared by all connections of the process to the same Redis, because they are lost and found together. */
export function outageOf(target: RedisTarget): RedisOutage {
  const name = target.kind === 'single' ? target.url : describeTarget(target);
  const outage = outages.get(name) ?? new RedisOutage(target);
  outages.set(name, outage);
  return outage;
}
