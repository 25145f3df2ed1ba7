import { setTimeout } from 'node:timers/promises';
import { ReplyError } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { answeredInTime } from '../../src/cancellations/answered-in-time.js';
import {
  IdempotencyKeyReusedError,
  QueueAnswerLostError,
  QueueUnavailableError,
} from '../../src/cancellations/cancellations.errors.js';

/** Redis may be silent for 180 ms; a timer may be late. */
const AT_THE_LATEST_MS = 245;

const silent = { isReady: true, heardAt: -Infinity };

const lost = (cause: Error | undefined) => new QueueAnswerLostError(cause);

const refusal = new ReplyError("OOM command not allowed when used memory > 'maxmemory'.") as Error;

const never = (): Promise<never> => new Promise(() => undefined);

describe('an answer from the queue', () => {
  it('is given up within 250 ms where Redis has fallen silent', async () => {
    const start = performance.now();
    await expect(answeredInTime(silent, never)).rejects.toThrow(QueueUnavailableError);
    expect(performance.now() - start).toBeLessThan(AT_THE_LATEST_MS);
  });

  it('is not asked for where there is no connection', async () => {
    let isAsked = false;
    const operation = async () => {
      isAsked = true;
    };
    const asked = answeredInTime({ isReady: false, heardAt: 0 }, operation, lost);
    await expect(asked).rejects.toThrow(QueueUnavailableError);
    expect(isAsked).toBe(false);
  });

  it.each([
    ['a lost connection', new Error('Connection is closed.'), QueueAnswerLostError],
    ['a refusal', refusal, QueueUnavailableError],
    ['an error of ours', new IdempotencyKeyReusedError(), IdempotencyKeyReusedError],
  ])('tells %s apart', async (_, error, kind) => {
    await expect(answeredInTime(silent, () => Promise.reject(error), lost)).rejects.toThrow(kind);
  });

  it('is awaited for as long as Redis goes on sending', async () => {
    const busy = {
      isReady: true,
      get heardAt() {
        return performance.now();
      },
    };
    expect(await answeredInTime(busy, () => setTimeout(500, 'an answer'))).toBe('an answer');
  });

  it('is read before the process, which was held up itself, calls Redis silent', async () => {
    const connection = { isReady: true, heardAt: -Infinity };
    const answer = answeredInTime(connection, async () => {
      await setTimeout(230);
      return 'an answer';
    });
    await setTimeout(150);
    const end = performance.now() + 100;
    while (performance.now() < end);
    setImmediate(() => (connection.heardAt = performance.now()));
    expect(await answer).toBe('an answer');
  });

  it('lets an operation take no further step once its caller has been answered', async () => {
    let stepped = false;
    const operation = async (inTime: () => void) => {
      await setTimeout(300);
      inTime();
      stepped = true;
    };
    await expect(answeredInTime(silent, operation)).rejects.toThrow(QueueUnavailableError);
    await setTimeout(150);
    expect(stepped).toBe(false);
  });
});
