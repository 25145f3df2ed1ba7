/** Redis would evict jobs when its memory is full. */
export class UnsafeRedisError extends Error {
  override readonly name = 'UnsafeRedisError';

  constructor(policy: string) {
    super(
      `Redis may evict jobs: its maxmemory-policy is ${policy}, which loses cancellations once its memory is full. ` +
        'Set it with CONFIG SET maxmemory-policy noeviction, and in redis.conf so that it lasts; ' +
        'ALLOW_UNSAFE_REDIS=true goes on anyway',
    );
  }
}
