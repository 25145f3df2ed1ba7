/** The service cannot work with this Redis until somebody changes its configuration, or ours. */
export class UnusableRedisError extends Error {
  override readonly name = 'UnusableRedisError';
}

/** Redis would evict jobs when its memory is full. */
export const evicting = (policy: string): UnusableRedisError =>
  new UnusableRedisError(
    `Redis may evict jobs: its maxmemory-policy is ${policy}, which loses cancellations once its memory is full. ` +
      'Set it with CONFIG SET maxmemory-policy noeviction, and in redis.conf so that it lasts; ' +
      'ALLOW_UNSAFE_REDIS=true goes on anyway',
  );

/** Scripts may not touch the keys whose names they build, so nothing can be queued. */
export const refusingScripts = (): UnusableRedisError =>
  new UnusableRedisError(
    'Redis lets scripts touch only keys that they declare, and those of BullMQ touch others. Start Dragonfly with ' +
      '--cluster_mode=emulated --lock_on_hashtags, or with --default_lua_flags=allow-undeclared-keys',
  );

/** A connection does not come back although Redis is there. A restart of the process makes a new one. */
export class ConnectionStuckError extends Error {
  override readonly name = 'ConnectionStuckError';

  constructor(seconds: number) {
    super(`a connection to Redis has been lost for ${seconds} s, while another one works`);
  }
}

/** @param lacking as an ACL rule has them */
export const withoutRights = (lacking: readonly string[]): UnusableRedisError =>
  new UnusableRedisError(
    `Redis does not permit what the service needs: its user lacks ${lacking.join(' ')}. Add that with ACL SETUSER; ` +
      'docs/operations.md has the smallest rule that works',
  );

/** What REDIS_URL may name by mistake, by the answer to the first script. */
const MISTAKES: readonly (readonly [answer: RegExp, mistake: string])[] = [
  [/^(?:MOVED|CLUSTERDOWN) /, 'REDIS_URL names a node of a cluster: name it in REDIS_CLUSTER_NODES instead'],
  [
    /^ERR unknown command ['`]?eval/i,
    'REDIS_URL names a sentinel: name it in REDIS_SENTINELS instead, with REDIS_SENTINEL_MASTER',
  ],
];

/** @returns null if the answer has another cause, which may pass */
export function mistakenAddress({ message }: Error): UnusableRedisError | null {
  const mistake = MISTAKES.find(([answer]) => answer.test(message))?.[1];
  return mistake === undefined ? null : new UnusableRedisError(`${mistake} (${message.slice(0, 100)})`);
}

/** @param reason Redis' own words */
export const noSuchDatabase = (reason: string): UnusableRedisError =>
  new UnusableRedisError(
    `Redis refuses the database that REDIS_URL ends with: ${reason}. Name one that it has (0 to 15 by default) and that ` +
      'the user may select, or none for database 0',
  );

/** The data in Redis is of a form that this version of the service does not know, so it must not touch it. */
export class OtherSchemaError extends UnusableRedisError {}

/** How much is shown of a version that the service did not write. */
const SHOWN = 20;

/**
 * @param found the schema version in Redis
 * @param own of this version of the service
 */
export const otherSchema = (found: string, own: number, key: string): OtherSchemaError =>
  new OtherSchemaError(
    `The data in Redis has ${Number(found) > own ? 'a newer' : 'an unknown'} schema version: ${key} is ` +
      `${JSON.stringify(found.slice(0, SHOWN))}, and this version of the service needs "${own}". Start the version of the ` +
      'service that wrote it, or give this one a QUEUE_PREFIX of its own; see "Upgrades" in docs/operations.md',
  );
