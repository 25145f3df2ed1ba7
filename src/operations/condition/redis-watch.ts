import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { redisTargetOf } from '../../config/redis/redis.environment.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { takesWrites } from '../../platform/redis/takes-writes.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import { checkRedis } from '../../setup/redis.js';
import type { RedisState } from './observed.js';

const LOOK_EVERY_MS = 5000;

/** Whether Redis takes writes, and keeps what it takes, as it was a few seconds ago. */
@Injectable()
export class RedisWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout;
  state: RedisState = { refusal: null, risk: null };

  constructor(
    private readonly connection: ApiConnection,
    private readonly environment: ServiceEnvironment,
  ) {}

  onApplicationBootstrap(): void {
    void this.look();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Never rejects. Without Redis, it keeps what it knew. */
  async look(): Promise<void> {
    const { redis } = this.connection;
    const target = redisTargetOf(this.environment);
    const refusal = await takesWrites(redis, target, this.environment.QUEUE_PREFIX).then(
      () => null,
      ({ message }: Error) => message,
    );
    const { status, message } = await checkRedis(redis, this.environment);
    if (!this.connection.isReady) return;
    const risk = status === 'ok' ? null : { isAccepted: status === 'warning', message };
    this.state = { refusal, risk: refusal === null ? risk : null };
  }
}
