import { EventEmitter, once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { ReplyError } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { answeredInTime } from '../../src/api/answered-in-time.js';
import {
  IdempotencyKeyReusedError,
  QueueAnswerLostError,
  QueueUnavailableError,
} from '../../src/api/errors.js';
import { SilenceWatch } from '../../src/platform/redis/silence-watch.js';

/** A connection that heard Redis when `heard` says so. */
const connected = (heard: { readonly heardAt: number }) => ({
  isReady: true,
  silence: new SilenceWatch(heard),
});

const silent = connected({ heardAt: -Infinity });

const lost = (cause: Error | undefined) => new QueueAnswerLostError(cause);

const refusal = new ReplyError("OOM command not allowed when used memory > 'maxmemory'.") as Error;

const never = (): Promise<never> => new Promise(() => undefined);

describe('an answer from the queue', () => {
  it('is given up within 250 ms where Redis has fallen silent', async () => {
    const took: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const start = performance.now();
      await expect(answeredInTime(silent, never)).rejects.toThrow(QueueUnavailableError);
      took.push(performance.now() - start);
    }
    // The others may have waited for the machine.
    expect(Math.min(...took)).toBeLessThan(250);
  });

  it('is given up by each in his own time, and at the latest after 2 s', async () => {
    const talking = { heardAt: -Infinity };
    const connection = connected(talking);
    const start = performance.now();
    const until = (answer: Promise<never>) => answer.catch(() => performance.now() - start);
    const first = until(answeredInTime(connection, never));
    await setTimeout(100);
    const second = until(answeredInTime(connection, never));
    expect(await first).toBeLessThan(250);
    const talk = setInterval(() => (talking.heardAt = performance.now()), 20);
    const took = await second;
    clearInterval(talk);
    expect(took).toBeGreaterThan(2050);
    expect(took).toBeLessThan(2400);
  });

  it('is not asked for where there is no connection', async () => {
    let isAsked = false;
    const operation = async () => {
      isAsked = true;
    };
    const asked = answeredInTime({ ...silent, isReady: false }, operation, lost);
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
    const busy = connected({
      get heardAt() {
        return performance.now();
      },
    });
    expect(await answeredInTime(busy, () => setTimeout(500, 'an answer'))).toBe('an answer');
  });

  it('is read before the process, which was held up itself, calls Redis silent', async () => {
    const heard = { heardAt: -Infinity };
    const redis = new EventEmitter();
    const answer = answeredInTime(connected(heard), async () => once(redis, 'answer'));
    const end = performance.now() + 300;
    while (performance.now() < end);
    setImmediate(() => {
      heard.heardAt = performance.now();
      // Later than the look at what was heard, as an answer that takes Redis a while.
      setImmediate(() => setImmediate(() => redis.emit('answer', 'an answer')));
    });
    expect(await answer).toEqual(['an answer']);
  });

  it('is awaited by a process that is held up again and again', async () => {
    const heard = { heardAt: -Infinity };
    const isHeard = (async () => {
      for (let i = 0; i < 4; i += 1) {
        const end = performance.now() + 150;
        while (performance.now() < end);
        await setTimeout(1);
      }
      return 'an answer';
    })();
    expect(await answeredInTime(connected(heard), () => isHeard)).toBe('an answer');
  });

  it('lets an operation take no further step once its caller has been answered', async () => {
    const redis = new EventEmitter();
    let isStepped = false;
    const steps = async (inTime: () => void) => {
      await once(redis, 'answer');
      inTime();
      isStepped = true;
    };
    let operation = Promise.resolve();
    const answered = answeredInTime(silent, (inTime) => (operation = steps(inTime)));
    await expect(answered).rejects.toThrow(QueueUnavailableError);
    redis.emit('answer');
    await expect(operation).rejects.toThrow('has been answered');
    expect(isStepped).toBe(false);
  });
});
