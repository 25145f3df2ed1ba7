import type { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';

/**
 * Reconnects within a second of Redis' return (ioredis waits up to 5 s by default) and drops a socket that has been silent
 * for 12 s after a command. That must exceed the 10 s for which a BullMQ worker blocks on an empty queue.
 */
const RECONNECTING: RedisOptions = {
  retryStrategy: (times) => Math.min(times * 100, 1000),
  connectTimeout: 3000,
  socketTimeout: 12_000,
};

/** A read-only Redis counts as back once it has refused no write for this long. */
const UNREFUSED_MS = 1000;

/** Fails at once while Redis is away: a queued or repeated command would take effect after its caller got a 503. */
export function connectFailingFast(url: string, logger: Logger): Redis {
  const options = {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
  };
  return connect(url, logger, options, true);
}

/** Waits for Redis to come back, for work that is still worth doing then. */
export function connectWaiting(url: string, logger: Logger): Redis {
  return connect(url, logger, { maxRetriesPerRequest: null }, 2);
}

/** @param whenReadOnly for `reconnectOnError`: `true` reconnects, to find the new master; 2 also repeats the command */
function connect(url: string, logger: Logger, options: RedisOptions, whenReadOnly: true | 2): Redis {
  const redis = new Redis(url, {
    ...RECONNECTING,
    ...options,
    reconnectOnError: ({ message }) => {
      if (!READ_ONLY.test(message)) return false;
      onReadOnly(message);
      return whenReadOnly;
    },
  });
  const onReadOnly = logChanges(redis, logger);
  // ioredis adds a listener per command that a read-only Redis refuses, and Node would warn about a leak.
  redis.on('connect', () => redis.stream.setMaxListeners(0));
  return redis;
}

/** The answer of a replica; before Redis 7 it stands at the end of a script's error. */
const READ_ONLY = /(?:^|: -)READONLY /;

/**
 * Logs one line when Redis is lost and one when it is back, not one per reconnection attempt.
 *
 * @returns to be called with the error when Redis refuses a write
 */
function logChanges(redis: Redis, logger: Logger): (refusal: string) => void {
  let isLost = false;
  let refused: NodeJS.Timeout | null = null;
  const lost = (error: string | undefined): void => {
    if (!isLost) logger.warn('Redis lost', { error });
    isLost = true;
  };
  const back = (): void => {
    if (!isLost || refused !== null || redis.status !== 'ready') return;
    logger.log('Redis is back');
    isLost = false;
  };
  redis.on('error', (error: NodeJS.ErrnoException) => lost(error.message || error.code));
  // An orderly close by Redis emits no error, and a close of our own no `reconnecting`.
  redis.on('reconnecting', () => lost('the connection was closed'));
  redis.on('ready', back);
  return (refusal) => {
    lost(refusal);
    if (refused !== null) clearTimeout(refused);
    refused = setTimeout(() => {
      refused = null;
      back();
    }, UNREFUSED_MS).unref();
  };
}
