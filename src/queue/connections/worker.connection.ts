import { Injectable, Module } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { Readiness } from '../../platform/health/readiness.js';
import { connectWaiting } from '../../platform/redis/connections.js';
import { takesWrites } from '../../platform/redis/takes-writes.js';

/** The worker's connection. BullMQ makes a second one of its kind, to block on. */
@Injectable()
export class WorkerConnection implements OnApplicationShutdown {
  readonly redis: Redis;

  constructor({ REDIS_URL, QUEUE_PREFIX }: ServiceEnvironment, readiness: Readiness) {
    this.redis = connectWaiting(REDIS_URL);
    readiness.expect('redis', () => takesWrites(this.redis, REDIS_URL, QUEUE_PREFIX));
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
