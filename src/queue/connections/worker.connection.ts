import { Injectable, Module } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { redisTargetOf } from '../../config/redis/redis.environment.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { Readiness } from '../../platform/health/readiness.js';
import { connectWaiting } from '../../platform/redis/connection/connections.js';
import type { RedisClient } from '../../platform/redis/connection/client.js';
import { takesWrites } from '../../platform/redis/takes-writes.js';

/** The worker's connection. BullMQ makes a second one of its kind, to block on. */
@Injectable()
export class WorkerConnection implements OnApplicationShutdown {
  readonly redis: RedisClient;

  constructor(environment: ServiceEnvironment, readiness: Readiness) {
    const target = redisTargetOf(environment);
    this.redis = connectWaiting(target);
    readiness.expect('redis', () => takesWrites(this.redis, target, environment.QUEUE_PREFIX));
  }

  get isReady(): boolean {
    return this.redis.status === 'ready';
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}

@Module({ providers: [WorkerConnection], exports: [WorkerConnection] })
export class WorkerConnectionModule {}
