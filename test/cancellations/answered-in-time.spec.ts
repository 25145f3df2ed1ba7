import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { answeredInTime } from '../../src/cancellations/answered-in-time.js';
import { QueueUnavailableError } from '../../src/cancellations/cancellations.errors.js';

/** Redis may be silent for 200 ms; a timer may be late. */
const AT_THE_LATEST_MS = 245;

const silent = { isReady: true, heardAt: -Infinity };

const never = (): Promise<never> => new Promise(() => undefined);

describe('an answer from the queue', () => {
  it('is given up within 250 ms where Redis has fallen silent', async () => {
    const start = performance.now();
    await expect(answeredInTime(silent, never)).rejects.toThrow(QueueUnavailableError);
    expect(performance.now() - start).toBeLessThan(AT_THE_LATEST_MS);
  });

  it('is refused at once where there is no connection', async () => {
    const asked = answeredInTime({ isReady: false, heardAt: 0 }, () => Promise.resolve('an answer'));
    await expect(asked).rejects.toThrow(QueueUnavailableError);
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
