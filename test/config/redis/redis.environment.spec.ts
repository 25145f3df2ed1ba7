import { describe, expect, it } from 'vitest';
import { InvalidEnvironmentError, readEnvironment } from '../../../src/config/environment.js';
import { RedisEnvironment, redisTargetOf } from '../../../src/config/redis/redis.environment.js';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----';
const SENTINELS = { REDIS_SENTINELS: 'a:1,b:2', REDIS_SENTINEL_MASTER: 'mymaster' };

function faultsOf(variables: Record<string, string>): readonly string[] {
  try {
    readEnvironment(RedisEnvironment, variables);
    return [];
  } catch (error) {
    return (error as InvalidEnvironmentError).faults;
  }
}

const targetOf = (variables: Record<string, string>) =>
  redisTargetOf(readEnvironment(RedisEnvironment, variables));

describe('the variables that say where Redis is', () => {
  it.each([
    [{ REDIS_URL: 'redis://cache' }, { kind: 'single', url: 'redis://cache' }],
    [
      { REDIS_URL: 'rediss://cache', REDIS_TLS_CA: PEM, REDIS_TLS_SERVER_NAME: 'redis.internal' },
      { kind: 'single', url: 'rediss://cache', tls: { ca: PEM, servername: 'redis.internal' } },
    ],
    [
      { ...SENTINELS, REDIS_USERNAME: 'streamstop', REDIS_PASSWORD: 'x', REDIS_SENTINEL_PASSWORD: 'y' },
      {
        kind: 'sentinel',
        sentinels: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
        master: 'mymaster',
        username: 'streamstop',
        password: 'x',
        sentinelLogin: { password: 'y' },
      },
    ],
    [
      { REDIS_CLUSTER_NODES: '10.0.0.1:6379, [::1]:7000', REDIS_TLS: 'true' },
      {
        kind: 'cluster',
        nodes: [
          { host: '10.0.0.1', port: 6379 },
          { host: '::1', port: 7000 },
        ],
        tls: {},
      },
    ],
    [
      { REDIS_CLUSTER_NODES: 'a:1', REDIS_TLS: 'true', REDIS_TLS_CERT: PEM, REDIS_TLS_KEY: KEY },
      { kind: 'cluster', nodes: [{ host: 'a', port: 1 }], tls: { cert: PEM, key: KEY } },
    ],
  ])('are understood: %o', (variables, target) => {
    expect(targetOf(variables)).toEqual(target);
  });

  it.each([
    [{}, 'REDIS_URL is required'],
    [{ REDIS_URL: 'redis://cache', ...SENTINELS }, 'REDIS_SENTINELS and REDIS_URL are both set; remove one'],
    [
      { ...SENTINELS, REDIS_CLUSTER_NODES: 'a:1' },
      'REDIS_CLUSTER_NODES and REDIS_SENTINELS are both set; remove one',
    ],
    [{ REDIS_SENTINELS: 'a:1' }, 'REDIS_SENTINEL_MASTER must be the name'],
    [
      { REDIS_URL: 'redis://cache', REDIS_SENTINEL_MASTER: 'x' },
      'REDIS_SENTINEL_MASTER needs REDIS_SENTINELS',
    ],
    [{ REDIS_URL: 'redis://cache', REDIS_PASSWORD: 'x' }, 'REDIS_PASSWORD needs REDIS_SENTINELS or'],
    [{ REDIS_URL: 'redis://cache', REDIS_TLS: 'true' }, 'REDIS_TLS needs REDIS_SENTINELS or'],
    [{ REDIS_CLUSTER_NODES: 'a' }, 'REDIS_CLUSTER_NODES must be one or more addresses with ports'],
    [{ REDIS_CLUSTER_NODES: 'a:1,' }, 'REDIS_CLUSTER_NODES must be one or more addresses'],
    [{ REDIS_CLUSTER_NODES: 'a:70000' }, 'REDIS_CLUSTER_NODES must be one or more addresses'],
    [{ REDIS_CLUSTER_NODES: '::1:7000' }, 'IPv6 addresses in brackets'],
    [{ REDIS_CLUSTER_NODES: 'redis://a:1' }, 'REDIS_CLUSTER_NODES must be one or more addresses'],
    [{ REDIS_URL: 'rediss://a', REDIS_TLS_CA: '/etc/ca.pem' }, 'name its file in REDIS_TLS_CA_FILE'],
    [{ REDIS_URL: 'rediss://a', REDIS_TLS_CERT: PEM }, 'REDIS_TLS_CERT needs REDIS_TLS_KEY'],
  ])('are refused with what would be right: %o', (variables, fault) => {
    expect(faultsOf(variables)).toEqual([expect.stringContaining(fault) as string]);
  });
});
