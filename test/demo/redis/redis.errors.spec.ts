import { describe, expect, it } from 'vitest';
import { NoRedisError, UnreachableRedisError, redisAdvice } from '../../../src/demo/redis/redis.errors.js';

describe('NoRedisError', () => {
  it('lists what was tried with each reason, then what to do', () => {
    const error = new NoRedisError(
      [
        { way: 'REDIS_URL', reason: 'not set' },
        { way: 'PATH', reason: 'it ended at once\nlast line' },
      ],
      'start Docker.',
    );
    expect(error.message).toBe(
      [
        'No Redis was found. Tried, in this order:',
        '  - REDIS_URL: not set',
        '  - PATH: it ended at once',
        '      last line',
        'What to do: start Docker.',
      ].join('\n'),
    );
  });
});

describe('redisAdvice', () => {
  it.each([
    { platform: 'linux', hasApt: true, advice: 'sudo apt-get install redis-server' },
    { platform: 'linux', hasApt: false, advice: 'start Docker' },
    { platform: 'darwin', hasApt: false, advice: 'brew install redis' },
    { platform: 'win32', hasApt: false, advice: 'start Docker' },
  ] as const)('says "$advice" on $platform, apt: $hasApt', ({ platform, hasApt, advice }) => {
    expect(redisAdvice(platform, hasApt)).toContain(advice);
    expect(redisAdvice(platform, hasApt)).toContain('set REDIS_URL');
  });
});

describe('UnreachableRedisError', () => {
  it('names the variable and hides the password', () => {
    const { message } = new UnreachableRedisError('redis://:secret@host:6379', 'refused');
    expect(message).toBe('REDIS_URL is set to redis://:***@host:6379, but no Redis answers there: refused');
  });
});
