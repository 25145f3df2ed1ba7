import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { outageOf } from './redis-outage.js';

/**
 * Reconnects within a second of Redis' return (ioredis waits up to 5 s by default, and up to 10 s while Redis loads its
 * data) and drops a socket that has been silent for 12 s after a command. That must exceed the 10 s for which a BullMQ
 * worker blocks on an empty queue.
 */
const RECONNECTING: RedisOptions = {
  retryStrategy: (times) => Math.min(times * 100, 1000),
  maxLoadingRetryTime: 500,
  connectTimeout: 3000,
  socketTimeout: 12_000,
  // CLIENT SETINFO is a right that the service does not need, and Redis 7.0 does not know.
  disableClientInfo: true,
};

/** Fails at once while Redis is away: a queued or repeated command would take effect after its caller got a 503. */
export function connectFailingFast(url: string, outage = outageOf(url)): Redis {
  const options = {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
  };
  return connect(url, outage, options, true);
}

/** Waits for Redis to come back, for work that is still worth doing then. */
export function connectWaiting(url: string, outage = outageOf(url)): Redis {
  return connect(url, outage, { maxRetriesPerRequest: null }, 2);
}

/**
 * Waits too, and leaves it to its user to subscribe on each `ready`: ioredis' own attempt ends the process if refused.
 */
export function connectSubscriber(url: string, outage = outageOf(url)): Redis {
  return connect(url, outage, { maxRetriesPerRequest: null, autoResubscribe: false }, 2);
}

/** Waits too, and is there while Redis still loads its data: for the first questions, which must handle a refusal. */
export function connectForChecks(url: string, outage = outageOf(url)): Redis {
  return connect(url, outage, { maxRetriesPerRequest: null, enableReadyCheck: false }, 2);
}

/** @param whenReadOnly for `reconnectOnError`: `true` reconnects, to find the new master; 2 also repeats the command */
function connect(
  url: string,
  outage: ReturnType<typeof outageOf>,
  options: RedisOptions,
  whenReadOnly: true | 2,
): Redis {
  const redis = new Redis(url, {
    ...RECONNECTING,
    ...options,
    reconnectOnError: (error) => {
      if (!READ_ONLY.test(error.message)) return false;
      outage.lose(redis, error);
      return whenReadOnly;
    },
  });
  outage.watch(redis);
  // ioredis would go on in database 0.
  redis.on('error', (error) => {
    if (isDatabaseRefused(error)) redis.disconnect(true);
  });
  // ioredis adds a listener per command that a read-only Redis refuses, and Node would warn about a leak.
  redis.on('connect', () => redis.stream.setMaxListeners(0));
  return redis;
}

/** Whether Redis refused the database that the URL ends with. ioredis names the command in the error. */
export const isDatabaseRefused = (error: Error): boolean =>
  (error as { command?: { name: string } }).command?.name === 'select';

/** The answer of a replica; before Redis 7 it stands at the end of a script's error. */
const READ_ONLY = /(?:^|: -)READONLY /;
