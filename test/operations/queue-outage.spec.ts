import { ReplyError } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { explained } from '../../src/operations/queue-outage.js';
import { RedisSilentError } from '../../src/platform/redis/silence-watch.js';
import { queueAnswerLost, queueUnavailable } from '../../src/queue/queue.errors.js';

const TARGET = { kind: 'single', url: 'redis://user:secret@redis.example.com/0' } as const;

/** The error of an operation on a connection that is ready, or not. */
async function errorOf(error: Error, isReady: boolean): Promise<unknown> {
  try {
    return await explained({ isReady }, TARGET, async () => {
      throw error;
    });
  } catch (thrown) {
    return thrown;
  }
}

const BEGINS = 'Redis cannot be used, so nothing is accepted and nothing new is sent: ';

describe('the problem of an operator who asks for the queue', () => {
  it.each<[outage: string, isReady: boolean, cause: Error | undefined, reason: RegExp]>([
    [
      'there is no connection',
      false,
      undefined,
      /^redis\.example\.com:6379 is loading its data|not answered yet/,
    ],
    ['Redis is silent', true, new RedisSilentError(), /^Redis sent nothing for \d+ ms$/],
    [
      'Redis refuses',
      true,
      new ReplyError('OOM command not allowed'),
      /^the memory of redis\.example\.com:6379 is full: raise its maxmemory/,
    ],
    ['nobody knows why', true, undefined, /redis\.example\.com:6379/],
  ])('says what is wrong: %s', async (_, isReady, cause, reason) => {
    const error = await errorOf(queueUnavailable(cause), isReady);
    expect(error).toMatchObject({ code: 'queue_unavailable' });
    const { message } = error as Error;
    expect(message.slice(0, BEGINS.length)).toBe(BEGINS);
    expect(message.slice(BEGINS.length)).toMatch(reason);
    expect(message).not.toContain('secret');
  });

  it('says why the connection is lost, if that happens while the queue is read', async () => {
    const connection = { isReady: true };
    const lost = explained(connection, TARGET, async () => {
      connection.isReady = false;
      throw queueUnavailable(new RedisSilentError());
    });
    await expect(lost).rejects.toThrow(/redis\.example\.com:6379/);
  });

  it('is left as it is where it is another one', async () => {
    for (const other of [queueAnswerLost(), new TypeError('x')])
      expect(await errorOf(other, true)).toBe(other);
  });
});
