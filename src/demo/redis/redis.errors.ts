import { hidePassword } from './redis-url.js';

/** REDIS_URL names a Redis that does not answer. Another one is never taken silently in its place. */
export class UnreachableRedisError extends Error {
  override readonly name = 'UnreachableRedisError';

  constructor(url: string, reason: string) {
    super(`REDIS_URL is set to ${hidePassword(url)}, but no Redis answers there: ${reason}`);
  }
}

/** A redis-server process did not come up; the message ends with the last lines it printed. */
export class RedisStartError extends Error {
  override readonly name = 'RedisStartError';

  constructor(reason: string, lastLines: readonly string[]) {
    super([reason, ...lastLines].join('\n'));
  }
}

/** One way of getting a Redis that was tried in vain. */
export interface FailedAttempt {
  readonly way: string;
  readonly reason: string;
}

/** No way led to a Redis; the message says what was tried and what to do on this system. */
export class NoRedisError extends Error {
  override readonly name = 'NoRedisError';

  constructor(
    readonly attempts: readonly FailedAttempt[],
    advice: string,
  ) {
    const tried = attempts.map(({ way, reason }) => `  - ${way}: ${reason.replaceAll('\n', '\n      ')}`);
    super(['No Redis was found. Tried, in this order:', ...tried, `What to do: ${advice}`].join('\n'));
  }
}

/** What a reader can do on his system to have a Redis. */
export function redisAdvice(platform: NodeJS.Platform, hasApt: boolean): string {
  const otherwise = 'start Docker, or set REDIS_URL to a running Redis.';
  if (platform === 'darwin') {
    return `run \`brew install redis\`, or ${otherwise}`;
  }
  if (platform === 'linux' && hasApt) {
    return `run \`sudo apt-get install redis-server\`, or ${otherwise}`;
  }
  return otherwise;
}
