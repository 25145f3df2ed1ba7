import { once } from 'node:events';
import { Injectable, Module } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { redisTargetOf } from '../../config/redis/redis.environment.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { Readiness } from '../../platform/health/readiness.js';
import { connectFailingFast } from '../../platform/redis/connection/connections.js';
import type { RedisClient } from '../../platform/redis/connection/client.js';
import { onEachAnswer } from '../../platform/redis/connection/sockets.js';
import { takesWrites } from '../../platform/redis/takes-writes.js';
import { SilenceWatch } from '../../platform/redis/silence-watch.js';

/** How long the start of the process waits for Redis. */
const START_TIMEOUT_MS = 2000;

/** The connection for requests. Their clients would rather get a 503 than wait. */
@Injectable()
export class ApiConnection implements OnModuleInit, OnApplicationShutdown {
  readonly redis: RedisClient;
  /** When Redis last sent anything, by `performance.now()`. */
  heardAt = -Infinity;
  /** Watches over all who wait for an answer on this connection. */
  readonly silence = new SilenceWatch(this);

  constructor(environment: ServiceEnvironment, readiness: Readiness) {
    const target = redisTargetOf(environment);
    this.redis = connectFailingFast(target);
    onEachAnswer(this.redis, () => (this.heardAt = performance.now()));
    readiness.expect('redis', () => takesWrites(this.redis, target, environment.QUEUE_PREFIX));
  }

  /** Connects before the first request if Redis is within reach. If it is not, the process starts anyway. */
  async onModuleInit(): Promise<void> {
    await once(this.redis, 'ready', { signal: AbortSignal.timeout(START_TIMEOUT_MS) }).catch(() => undefined);
  }

  get isReady(): boolean {
    return this.redis.status === 'ready';
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}

@Module({ providers: [ApiConnection], exports: [ApiConnection] })
export class ApiConnectionModule {}
