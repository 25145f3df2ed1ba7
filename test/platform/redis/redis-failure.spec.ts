import { describe, expect, it } from 'vitest';
import { redisFailure } from '../../../src/platform/redis/redis-failure.js';

const URL = 'redis://user:PASSWORD@cache.example.com/0';

describe('what is wrong with Redis', () => {
  it.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED', 'nothing listens at cache.example.com:6379: start Redis there'],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND', 'the host name of cache.example.com:6379 has no address'],
    ['ETIMEDOUT', 'connect ETIMEDOUT', 'cache.example.com:6379 does not answer'],
    [undefined, 'NOAUTH HELLO must be called with …', 'cache.example.com:6379 asks for a password'],
    [undefined, 'WRONGPASS invalid username-password pair', 'refuses the user or the password in REDIS_URL'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'ssl3_get_record:wrong version number', 'does not speak TLS'],
    ['ECONNRESET', 'Client network socket disconnected before secure TLS connection was …', 'not speak TLS'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', 'the certificate of cache.example.com:6379'],
    ['CERT_HAS_EXPIRED', 'certificate has expired', 'is not trusted'],
    [undefined, 'OOM command not allowed when used memory', 'the memory of cache.example.com:6379 is full'],
    [undefined, 'NOREPLICAS Not enough good replicas to write.', 'too few replicas'],
    [undefined, "READONLY You can't write against a read only replica.", 'is a read-only replica'],
    [undefined, 'something else', 'cache.example.com:6379: something else'],
  ])('is said in words: %s %s', (code, message, words) => {
    const said = redisFailure(URL, { message, ...(code !== undefined && { code }) });
    expect(said).toContain(words);
    expect(said).not.toContain('PASSWORD');
  });

  it('suggests less TLS where a TLS connection gets no answer', () => {
    const said = redisFailure('rediss://cache', { code: 'ETIMEDOUT', message: 'connect ETIMEDOUT' });
    expect(said).toContain('if it speaks no TLS, begin REDIS_URL with redis://');
  });

  it('names the port of the URL', () => {
    expect(redisFailure('rediss://[::1]:7000', { message: 'x' })).toBe('[::1]:7000: x');
  });
});
