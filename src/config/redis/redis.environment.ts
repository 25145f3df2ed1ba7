import { Matches, ValidateIf } from 'class-validator';
import type { RedisTarget, RedisTls, ServerAddress } from '../../platform/redis/connection/redis-target.js';
import { Optional } from '../../platform/validation/optional.js';
import { CallbacksEnvironment } from '../callbacks.environment.js';
import { IsFlag, IsParsed, IsRedisUrl } from '../environment.rules.js';
import { Excludes, GoesWith, IsPem, parseServers, SERVERS_FORM } from './redis.rules.js';

/** Where Redis is: exactly one of the first three, and what goes with it. */
export class RedisEnvironment extends CallbacksEnvironment {
  @ValidateIf(
    ({ REDIS_URL, REDIS_SENTINELS, REDIS_CLUSTER_NODES }: RedisEnvironment) =>
      REDIS_URL !== undefined || (REDIS_SENTINELS ?? REDIS_CLUSTER_NODES) === undefined,
  )
  @IsRedisUrl()
  readonly REDIS_URL?: string;

  @Optional()
  @Excludes('REDIS_URL')
  @IsParsed(parseServers, SERVERS_FORM)
  readonly REDIS_SENTINELS?: readonly ServerAddress[];

  @ValidateIf(({ REDIS_SENTINELS, REDIS_SENTINEL_MASTER }: RedisEnvironment) =>
    [REDIS_SENTINELS, REDIS_SENTINEL_MASTER].some((value) => value !== undefined),
  )
  @GoesWith('REDIS_SENTINELS')
  @Matches(/^[\w.-]{1,128}$/, {
    message: '$property must be the name that the sentinels have for the master, such as mymaster',
  })
  readonly REDIS_SENTINEL_MASTER?: string;

  @Optional()
  @GoesWith('REDIS_SENTINELS')
  readonly REDIS_SENTINEL_USERNAME?: string;

  @Optional()
  @GoesWith('REDIS_SENTINELS')
  readonly REDIS_SENTINEL_PASSWORD?: string;

  @Optional()
  @Excludes('REDIS_URL', 'REDIS_SENTINELS')
  @IsParsed(parseServers, SERVERS_FORM)
  readonly REDIS_CLUSTER_NODES?: readonly ServerAddress[];

  @Optional()
  @GoesWith('REDIS_SENTINELS', 'REDIS_CLUSTER_NODES')
  readonly REDIS_USERNAME?: string;

  @Optional()
  @GoesWith('REDIS_SENTINELS', 'REDIS_CLUSTER_NODES')
  readonly REDIS_PASSWORD?: string;

  @IsFlag()
  @GoesWith('REDIS_SENTINELS', 'REDIS_CLUSTER_NODES')
  readonly REDIS_TLS: boolean = false;

  @Optional()
  @IsPem('CERTIFICATE')
  readonly REDIS_TLS_CA?: string;

  @Optional()
  @GoesWith('REDIS_TLS_KEY')
  @IsPem('CERTIFICATE')
  readonly REDIS_TLS_CERT?: string;

  @Optional()
  @GoesWith('REDIS_TLS_CERT')
  @IsPem('PRIVATE KEY')
  readonly REDIS_TLS_KEY?: string;

  @Optional()
  readonly REDIS_TLS_SERVER_NAME?: string;
}

/** @throws {Error} none of the three addresses is set, which the validation does not let through */
export function redisTargetOf(environment: Partial<RedisEnvironment>): RedisTarget {
  const { REDIS_URL, REDIS_SENTINELS, REDIS_SENTINEL_MASTER, REDIS_CLUSTER_NODES } = environment;
  const tls = tlsOf(environment);
  if (REDIS_URL !== undefined) return { kind: 'single', url: REDIS_URL, ...(tls !== undefined && { tls }) };
  const login = loginOf(environment.REDIS_USERNAME, environment.REDIS_PASSWORD);
  const shared = { ...login, ...(environment.REDIS_TLS === true && { tls: tls ?? {} }) };
  if (REDIS_CLUSTER_NODES !== undefined) return { kind: 'cluster', nodes: REDIS_CLUSTER_NODES, ...shared };
  if (REDIS_SENTINELS === undefined || REDIS_SENTINEL_MASTER === undefined)
    throw new Error('no address of Redis is set');
  return {
    kind: 'sentinel',
    sentinels: REDIS_SENTINELS,
    master: REDIS_SENTINEL_MASTER,
    sentinelLogin: loginOf(environment.REDIS_SENTINEL_USERNAME, environment.REDIS_SENTINEL_PASSWORD),
    ...shared,
  };
}

const loginOf = (username: string | undefined, password: string | undefined) => ({
  ...(username !== undefined && { username }),
  ...(password !== undefined && { password }),
});

function tlsOf(environment: Partial<RedisEnvironment>): RedisTls | undefined {
  const { REDIS_TLS_CA, REDIS_TLS_CERT, REDIS_TLS_KEY, REDIS_TLS_SERVER_NAME } = environment;
  const tls = {
    ...(REDIS_TLS_CA !== undefined && { ca: REDIS_TLS_CA }),
    ...(REDIS_TLS_CERT !== undefined && { cert: REDIS_TLS_CERT }),
    ...(REDIS_TLS_KEY !== undefined && { key: REDIS_TLS_KEY }),
    ...(REDIS_TLS_SERVER_NAME !== undefined && { servername: REDIS_TLS_SERVER_NAME }),
  };
  return Object.keys(tls).length === 0 ? undefined : tls;
}
