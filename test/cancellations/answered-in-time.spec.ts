import { ReplyError } from 'ioredis';
import { TimeoutError } from 'p-timeout';
import { describe, expect, it } from 'vitest';
import { answeredInTime } from '../../src/cancellations/answered-in-time.js';
import type { InTime } from '../../src/cancellations/answered-in-time.js';
import {
  IdempotencyKeyReusedError,
  QueueAnswerLostError,
  QueueUnavailableError,
} from '../../src/cancellations/cancellations.errors.js';

const READY = { isReady: true };
const lost = (cause: Error | undefined) => new QueueAnswerLostError(cause);
const refusal = new ReplyError("OOM command not allowed when used memory > 'maxmemory'.") as Error;

describe('answeredInTime', () => {
  it('asks nothing of a Redis that is away', async () => {
    let isAsked = false;
    const operation = async () => {
      isAsked = true;
    };
    await expect(answeredInTime({ isReady: false }, operation, lost)).rejects.toThrow(QueueUnavailableError);
    expect(isAsked).toBe(false);
  });

  it('gives up an operation that takes too long, and lets it take no further step', async () => {
    const given: InTime[] = [];
    const operation = (inTime: InTime): Promise<void> => {
      inTime();
      given.push(inTime);
      return new Promise(() => undefined);
    };
    await expect(answeredInTime(READY, operation, lost)).rejects.toThrow(QueueAnswerLostError);
    expect(given).toHaveLength(1);
    expect(given[0]).toThrow(TimeoutError);
  });

  it.each([
    ['a lost connection', new Error('Connection is closed.'), QueueAnswerLostError],
    ['a refusal', refusal, QueueUnavailableError],
    ['an error of ours', new IdempotencyKeyReusedError(), IdempotencyKeyReusedError],
  ])('tells %s apart', async (_, error, kind) => {
    await expect(answeredInTime(READY, () => Promise.reject(error), lost)).rejects.toThrow(kind);
  });
});
