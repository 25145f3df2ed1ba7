import { Cluster, Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import type { RedisClient } from './client.js';
import { goOnAfterLateClose } from './late-close.js';
import { MasterConnector } from './master-connector.js';
import { outageOf } from './redis-outage.js';
import type { ClusterRedis, RedisTarget, SentinelRedis, SingleRedis } from './redis-target.js';

/** Within a second of Redis' return. ioredis waits up to 5 s by default. */
const retryStrategy = (times: number): number => Math.min(times * 100, 1000);

/**
 * Reconnects soon (by default ioredis also waits up to 10 s while Redis loads its data) and drops a socket that has
 * been silent for 12 s after a command. That must exceed the 10 s for which a BullMQ worker blocks on an empty queue.
 */
const RECONNECTING: RedisOptions = {
  retryStrategy,
  maxLoadingRetryTime: 500,
  connectTimeout: 3000,
  socketTimeout: 12_000,
  // CLIENT SETINFO is a right that the service does not need, and Redis 7.0 does not know.
  disableClientInfo: true,
};

/** What differs from one use of a connection to the next. */
interface Use {
  readonly options: RedisOptions;
  /** Whether a command may be sent again when its connection is lost, and may wait for one. */
  readonly repeats: boolean;
}

/** Fails at once while Redis is away: a queued or repeated command would take effect after its caller got a 503. */
export function connectFailingFast(target: RedisTarget, outage = outageOf(target)): RedisClient {
  const options = {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // ioredis fails what is under way each time that the connection closes, or else only after further attempts.
    maxRetriesPerRequest: 0,
  };
  return connect(target, outage, { options, repeats: false });
}

/** Waits for Redis to come back, for work that is still worth doing then. */
export function connectWaiting(target: RedisTarget, outage = outageOf(target)): RedisClient {
  return connect(target, outage, { options: { maxRetriesPerRequest: null }, repeats: true });
}

/**
 * Waits too, and leaves it to its user to subscribe on each `ready`: ioredis' own attempt ends the process if refused.
 */
export function connectSubscriber(target: RedisTarget, outage = outageOf(target)): RedisClient {
  const options = { maxRetriesPerRequest: null, autoResubscribe: false };
  return connect(target, outage, { options, repeats: true });
}

/** Waits too, and is there while Redis still loads its data: for the first questions, which must handle a refusal. */
export function connectForChecks(target: RedisTarget, outage = outageOf(target)): RedisClient {
  const options = { maxRetriesPerRequest: null, enableReadyCheck: false };
  return connect(target, outage, { options, repeats: true });
}

function connect(target: RedisTarget, outage: ReturnType<typeof outageOf>, use: Use): RedisClient {
  if (target.kind === 'cluster') {
    const cluster = clusterOf(target, use);
    goOnAfterLateClose(cluster);
    outage.watch(cluster);
    return cluster;
  }
  const options: RedisOptions = {
    ...RECONNECTING,
    ...use.options,
    reconnectOnError: (error) => {
      if (!READ_ONLY.test(error.message)) return false;
      outage.lose(redis, error);
      // Either finds the new master; 2 also repeats the command.
      return use.repeats ? 2 : true;
    },
  };
  const redis = target.kind === 'single' ? singleOf(target, options) : masterOf(target, options);
  outage.watch(redis);
  // ioredis would go on in database 0.
  redis.on('error', (error) => {
    if (isDatabaseRefused(error)) redis.disconnect(true);
  });
  // ioredis adds a listener per command that a read-only Redis refuses, and Node would warn about a leak.
  redis.on('connect', () => redis.stream.setMaxListeners(0));
  return redis;
}

const singleOf = ({ url, tls }: SingleRedis, options: RedisOptions): Redis =>
  new Redis(url, { ...options, tls });

function masterOf(target: SentinelRedis, options: RedisOptions): Redis {
  const { sentinels, master, sentinelLogin, username, password, tls } = target;
  return new Redis({
    ...options,
    sentinels: [...sentinels],
    name: master,
    username,
    password,
    sentinelUsername: sentinelLogin.username,
    sentinelPassword: sentinelLogin.password,
    sentinelRetryStrategy: retryStrategy,
    sentinelCommandTimeout: 1000,
    // Leaves a frozen master as soon as the sentinels have another one, rather than once its socket times out.
    failoverDetector: true,
    Connector: MasterConnector,
    tls,
    sentinelTLS: tls,
    enableTLSForSentinelMode: tls !== undefined,
  });
}

/** How long a command waits for the nodes to agree again before it is sent anew; milliseconds. */
const AGREEING_MS = 100;

function clusterOf({ nodes, username, password, tls }: ClusterRedis, { options, repeats }: Use): Cluster {
  const { enableOfflineQueue, ...ofNodes } = options;
  const { retryStrategy: _, ...reconnecting } = RECONNECTING;
  return new Cluster([...nodes], {
    enableOfflineQueue: enableOfflineQueue ?? true,
    clusterRetryStrategy: retryStrategy,
    // A replica may lack what its master has just acknowledged.
    scaleReads: 'master',
    retryDelayOnFailover: repeats ? AGREEING_MS : 0,
    retryDelayOnClusterDown: repeats ? AGREEING_MS : 0,
    // A failover takes longer than the 16 redirections after which ioredis gives up by default.
    maxRedirections: repeats ? Infinity : 16,
    // Each refresh is a connection of its own. Only a node that falls silent is not noticed earlier.
    slotsRefreshInterval: 2000,
    slotsRefreshTimeout: 1000,
    // The names of the nodes are those in their certificates.
    ...(tls !== undefined && { dnsLookup: (address, found) => found(null, address) }),
    redisOptions: { ...reconnecting, ...ofNodes, username, password, tls },
  });
}

/** Whether Redis refused the database that the URL ends with. ioredis names the command in the error. */
export const isDatabaseRefused = (error: Error): boolean =>
  (error as { command?: { name: string } }).command?.name === 'select';

/** The answer of a replica; before Redis 7 it stands at the end of a script's error. */
const READ_ONLY = /(?:^|: -)READONLY /;
