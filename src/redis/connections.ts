import type { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';

/**
 * Shared by all connections: back within a second of Redis' return (the default strategy waits up to 5 s), and never
 * stuck on a socket that went silent. `socketTimeout` must exceed the 5 s for which a BullMQ worker blocks.
 */
const RECONNECTING: RedisOptions = {
  retryStrategy: (times) => Math.min(times * 100, 1000),
  connectTimeout: 3000,
  socketTimeout: 10_000,
};

/** Fails at once while Redis is away: a command that was parked or sent again would act after its caller was told 503. */
export function connectFailingFast(url: string, logger: Logger): Redis {
  return connect(url, logger, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
  });
}

/** Waits for Redis to come back: for work that is worth doing late. */
export function connectWaiting(url: string, logger: Logger): Redis {
  return connect(url, logger, { maxRetriesPerRequest: null });
}

function connect(url: string, logger: Logger, options: RedisOptions): Redis {
  const redis = new Redis(url, { ...RECONNECTING, ...options });
  redis.on('error', (error: NodeJS.ErrnoException) =>
    logger.warn('Redis cannot be reached', { error: error.message || error.code }),
  );
  return redis;
}
