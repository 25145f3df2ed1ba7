import type { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';

/**
 * Shared by all connections: back within a second of Redis' return (the default strategy waits up to 5 s), and rid of a
 * socket that went silent 10 s after a command was written to it. ioredis starts `socketTimeout` with a command, so a
 * subscriber, which only listens, has to send one now and then. It must exceed the 5 s for which a BullMQ worker blocks.
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
  logChanges(redis, logger);
  return redis;
}

/** One line when Redis is lost and one when it is back, however often ioredis tries in between. */
function logChanges(redis: Redis, logger: Logger): void {
  let isLost = false;
  const lost = (error: string | undefined): void => {
    if (!isLost) logger.warn('Redis lost', { error });
    isLost = true;
  };
  redis.on('error', (error: NodeJS.ErrnoException) => lost(error.message || error.code));
  // A connection that was closed in good order has no error; one that we close ourselves is not made again.
  redis.on('reconnecting', () => lost('the connection was closed'));
  redis.on('ready', () => {
    if (isLost) logger.log('Redis is back');
    isLost = false;
  });
}
