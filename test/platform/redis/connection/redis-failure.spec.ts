import { describe, expect, it } from 'vitest';
import { redisFailure } from '../../../../src/platform/redis/connection/redis-failure.js';

const single = (url: string) => ({ kind: 'single', url }) as const;

const SINGLE = single('redis://user:PASSWORD@cache.example.com/0');

describe('what is wrong with Redis', () => {
  it.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED', 'nothing listens at cache.example.com:6379: start Redis there'],
    [
      'ENOTFOUND',
      'getaddrinfo ENOTFOUND',
      'the host name of cache.example.com:6379 has no address: start Redis if it is a container that has stopped, correct REDIS_URL',
    ],
    ['ETIMEDOUT', 'connect ETIMEDOUT', 'cache.example.com:6379 does not answer'],
    [undefined, 'NOAUTH HELLO must be called with …', 'cache.example.com:6379 asks for a password'],
    [undefined, 'WRONGPASS invalid username-password pair', 'refuses the user or the password in REDIS_URL'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'ssl3_get_record:wrong version number', 'does not speak TLS'],
    ['ECONNRESET', 'Client network socket disconnected before secure TLS connection was …', 'not speak TLS'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', 'the certificate of cache.example.com:6379'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', "does not match certificate's altnames", 'is for another name: set'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'certificate required', 'asks for a client certificate'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'handshake failure', 'asks for a client certificate'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'unknown ca', 'refuses the client certificate in REDIS_TLS_CERT_FILE'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'certificate expired', 'refuses the client certificate'],
    ['CERT_HAS_EXPIRED', 'certificate has expired', 'is not trusted'],
    [undefined, 'OOM command not allowed when used memory', 'the memory of cache.example.com:6379 is full'],
    [undefined, 'NOREPLICAS Not enough good replicas to write.', 'too few replicas'],
    [undefined, "READONLY You can't write against a read only replica.", 'is a read-only replica'],
    [undefined, 'ERR This instance has cluster support disabled', 'is not a cluster: name it in REDIS_URL'],
    [undefined, 'MOVED 13969 10.0.0.1:6379', 'is a node of a cluster: name it in REDIS_CLUSTER_NODES'],
    [undefined, 'something else', 'cache.example.com:6379: something else'],
  ])('is said in words: %s %s', (code, message, words) => {
    const said = redisFailure(SINGLE, { message, ...(code !== undefined && { code }) });
    expect(said).toContain(words);
    expect(said).not.toContain('PASSWORD');
  });

  it('suggests less TLS where a TLS connection gets no answer', () => {
    const said = redisFailure(single('rediss://cache'), { code: 'ETIMEDOUT', message: 'connect ETIMEDOUT' });
    expect(said).toContain('if it speaks no TLS, begin REDIS_URL with redis://');
  });

  it('names the port of the URL', () => {
    expect(redisFailure(single('rediss://[::1]:7000'), { message: 'x' })).toBe('[::1]:7000: x');
  });

  it.each([
    [
      { kind: 'cluster', nodes: [{ host: '::1', port: 7000 }], password: 'PASSWORD' },
      'the cluster of [::1]:7000',
      'REDIS_CLUSTER_NODES',
    ],
    [
      { kind: 'sentinel', sentinels: [{ host: 'a', port: 1 }], master: 'main', sentinelLogin: {} },
      'the master main (sentinels a:1)',
      'REDIS_SENTINELS',
    ],
  ] as const)('names the variables of Sentinel and Cluster: %o', (target, place, variable) => {
    const said = [
      redisFailure(target, { code: 'ECONNREFUSED', message: 'x' }),
      redisFailure(target, { message: 'NOAUTH' }),
      redisFailure(target, { message: 'closed before an answer' }),
    ].join('\n');
    expect(said).toContain(`nothing listens at ${place}: start Redis there, or correct ${variable}`);
    expect(said).toContain('set REDIS_PASSWORD');
    expect(said).toContain('set REDIS_TLS=true');
    expect(said).not.toMatch(/REDIS_URL|"PASSWORD/);
  });

  it('says that no sentinel names a master', () => {
    const sentinels = [{ host: 'a', port: 1 }];
    const target = { kind: 'sentinel', sentinels, master: 'main', sentinelLogin: {} } as const;
    const message = 'All sentinels are unreachable. Retrying from scratch after 100ms. Last error: x';
    const said = redisFailure(target, { message });
    expect(said).toContain('no sentinel names the master main (sentinels a:1)');
    expect(said).not.toContain('100ms');
  });
});
