import { BullModule, getQueueToken, InjectQueue } from '@nestjs/bullmq';
import type { RegisterQueueAsyncOptions } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import type { RedisClient } from '../platform/redis/connection/client.js';
import { spans } from '../platform/trace/spans.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { CANCELLATIONS_QUEUE } from './cancellations.queue.js';
import type { CancellationQueue } from './cancellations.queue.js';
import { CALLBACKS_QUEUE } from './callbacks/callbacks.queue.js';
import type { CallbackQueue } from './callbacks/callbacks.queue.js';
import { QUEUE_REDIS } from './tokens.js';

/** By which Nest provides the queues. */
export const QUEUE_TOKEN = getQueueToken(CANCELLATIONS_QUEUE);
export const CALLBACKS_TOKEN = getQueueToken(CALLBACKS_QUEUE);

/** Nobody reads old events of a queue, of which BullMQ would keep 10,000. */
const EVENTS_KEPT = 1000;

/** Provides the queues of cancellations and of callbacks on the connection of a role. */
@Module({})
export class CancellationsQueueModule {
  constructor(
    @InjectQueue(CANCELLATIONS_QUEUE) cancellations: CancellationQueue,
    @InjectQueue(CALLBACKS_QUEUE) callbacks: CallbackQueue,
  ) {
    // The connection logs its own errors. Without a listener, BullMQ would print them again.
    for (const queue of [cancellations, callbacks]) queue.on('error', () => undefined);
  }

  /** @param connectionModule exports `connection` */
  static on(connectionModule: Type, connection: Type<{ redis: RedisClient }>): DynamicModule {
    const queueNamed = (name: string): RegisterQueueAsyncOptions => ({
      name,
      imports: [connectionModule],
      inject: [connection, ServiceEnvironment],
      useFactory: ({ redis }: { redis: RedisClient }, { QUEUE_PREFIX }: ServiceEnvironment) => ({
        connection: redis,
        prefix: QUEUE_PREFIX,
        // If Redis were lost during the check, BullMQ would fail every later command, even after Redis is back.
        skipVersionCheck: true,
        streams: { events: { maxLen: EVENTS_KEPT } },
        // A callback belongs to the trace of its cancellation, which knows it.
        ...(name === CANCELLATIONS_QUEUE && { telemetry: spans()?.queues }),
      }),
    });
    const queues = BullModule.registerQueueAsync(
      queueNamed(CANCELLATIONS_QUEUE),
      queueNamed(CALLBACKS_QUEUE),
    );
    const redis = {
      provide: QUEUE_REDIS,
      inject: [connection],
      useFactory: (owner: { redis: RedisClient }): RedisClient => owner.redis,
    };
    return {
      module: CancellationsQueueModule,
      imports: [connectionModule, queues],
      providers: [redis],
      exports: [queues, QUEUE_REDIS],
    };
  }
}
