import { EventEmitter, once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { ReplyError } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cancellationNotFound } from '../../../src/api/accept/errors.js';
import { SilenceWatch } from '../../../src/platform/redis/silence-watch.js';
import { answeredInTime } from '../../../src/queue/connections/answered-in-time.js';
import { queueAnswerLost } from '../../../src/queue/queue.errors.js';

/** A connection on which Redis last sent something at `heardAt`. */
const connected = (heard: { readonly heardAt: number }) => ({
  isReady: true,
  silence: new SilenceWatch(heard),
});

const silent = connected({ heardAt: -Infinity });

const lost = (cause: Error | undefined) => queueAnswerLost(cause);

const refusal = new ReplyError("OOM command not allowed when used memory > 'maxmemory'.") as Error;

const never = (): Promise<never> => new Promise(() => undefined);

describe('answeredInTime', () => {
  afterEach(() => vi.useRealTimers());

  it('gives up within 250 ms if Redis is silent', async () => {
    const took: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const start = performance.now();
      await expect(answeredInTime(silent, never)).rejects.toMatchObject({ code: 'queue_unavailable' });
      took.push(performance.now() - start);
    }
    // The others may have been held up by the machine.
    expect(Math.min(...took)).toBeLessThan(250);
  });

  it('gives up each operation by its own time', async () => {
    vi.useFakeTimers();
    const start = performance.now();
    const until = (answer: Promise<never>) => answer.catch(() => performance.now() - start);
    const first = until(answeredInTime(silent, never));
    await vi.advanceTimersByTimeAsync(100);
    const second = until(answeredInTime(silent, never));
    await vi.advanceTimersByTimeAsync(250);
    expect(await first).toBeLessThan(250);
    expect(await second).toBeGreaterThan(250);
  });

  it('gives up after 10 s although Redis keeps sending', async () => {
    vi.useFakeTimers();
    const talking = { heardAt: 0 };
    const start = performance.now();
    setInterval(() => (talking.heardAt = performance.now()), 20);
    const given = answeredInTime(connected(talking), never).catch(() => performance.now() - start);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(await given).toBeGreaterThanOrEqual(10_000);
    expect(await given).toBeLessThan(10_100);
  });

  it('asks for nothing without a connection', async () => {
    let isAsked = false;
    const operation = async () => {
      isAsked = true;
    };
    const asked = answeredInTime({ ...silent, isReady: false }, operation, lost);
    await expect(asked).rejects.toMatchObject({ code: 'queue_unavailable' });
    expect(isAsked).toBe(false);
  });

  it.each([
    ['a lost connection', new Error('Connection is closed.'), 'queue_answer_lost'],
    ['a refusal', refusal, 'queue_unavailable'],
    ['a command that was never sent', new Error("Stream isn't writeable and …"), 'queue_unavailable'],
    ['an error of ours', cancellationNotFound('id'), 'cancellation_not_found'],
  ])('turns %s into the right error', async (_, error, code) => {
    await expect(answeredInTime(silent, () => Promise.reject(error), lost)).rejects.toMatchObject({ code });
  });

  it('waits as long as Redis goes on sending', async () => {
    const busy = connected({
      get heardAt() {
        return performance.now();
      },
    });
    expect(await answeredInTime(busy, () => setTimeout(500, 'an answer'))).toBe('an answer');
  });

  it('reads what has arrived before it calls Redis silent, after the process was held up', async () => {
    const heard = { heardAt: -Infinity };
    const redis = new EventEmitter();
    const answer = answeredInTime(connected(heard), async () => once(redis, 'answer'));
    const end = performance.now() + 300;
    while (performance.now() < end);
    setImmediate(() => {
      heard.heardAt = performance.now();
      // The answer itself comes a little later than what was heard first.
      setImmediate(() => setImmediate(() => redis.emit('answer', 'an answer')));
    });
    expect(await answer).toEqual(['an answer']);
  });

  it('waits if the process is held up again and again', async () => {
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
});
