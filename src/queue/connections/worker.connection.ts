import { Injectable, Logger, Module } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { connectWaiting } from '../../platform/redis/connections.js';

/** The worker's connection. BullMQ makes a second one of its kind, to block on. */
@Injectable()
export class WorkerConnection implements OnApplicationShutdown {
  readonly redis: Redis;

  constructor(environment: ServiceEnvironment) {
    this.redis = connectWaiting(environment.REDIS_URL, new Logger(WorkerConnection.name));
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
