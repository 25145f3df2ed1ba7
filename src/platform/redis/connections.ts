import type { Writable } from 'node:stream';
import type { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';

/**
 * Shared by all connections: back within a second of Redis' return (the default strategy waits up to 5 s), and rid of a
 * socket that went silent 12 s after a command was written to it. ioredis starts `socketTimeout` with a command, so a
 * subscriber, which only listens, has to send one now and then. It must exceed the 10 s for which a BullMQ worker blocks
 * where its next job is not due for longer.
 */
const RECONNECTING: RedisOptions = {
  retryStrategy: (times) => Math.min(times * 100, 1000),
  connectTimeout: 3000,
  socketTimeout: 12_000,
};

/** A Redis that takes connections but no writes is back once it has refused none for so long. */
const UNREFUSED_MS = 1000;

/** Fails at once while Redis is away: a command that was parked or sent again would act after its caller was told 503. */
export function connectFailingFast(url: string, logger: Logger): Redis {
  const options = {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
  };
  return connect(url, logger, options, true);
}

/** Waits for Redis to come back: for work that is worth doing late. */
export function connectWaiting(url: string, logger: Logger): Redis {
  return connect(url, logger, { maxRetriesPerRequest: null }, 2);
}

/** @param whenReadOnly connect anew, to find the master that now has the name; 2 also sends the refused command again */
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
  // ioredis adds one for each command that a read-only Redis refuses; Node would warn of a leak.
  redis.on('connect', () => {
    redis.stream.setMaxListeners(0);
    gatherWrites(redis.stream);
  });
  return redis;
}

/**
 * Hands over at once what is written in one turn of the event loop. ioredis writes each command by itself, and the system
 * call costs more than the command; its own `enableAutoPipelining` does not know scripts.
 */
function gatherWrites(stream: Writable): void {
  const write = stream.write.bind(stream) as (...chunk: unknown[]) => boolean;
  stream.write = (...chunk: unknown[]): boolean => {
    if (stream.writableCorked === 0) {
      stream.cork();
      setImmediate(() => stream.uncork());
    }
    return write(...chunk);
  };
}

/** What a master answers that was made a replica; before Redis 7 at the end of a script's error. */
const READ_ONLY = /(?:^|: -)READONLY /;

/**
 * One line when Redis is lost and one when it is back, however often ioredis tries in between.
 *
 * @returns to be called with what Redis says when it refuses to be written to
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
  // A connection that was closed in good order has no error; one that we close ourselves is not made again.
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
