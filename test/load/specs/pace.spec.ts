import { describe, expect, it } from 'vitest';
import { isIdle } from '../idle-minutes.js';
import { askAtRate } from '../pace.js';

const MINUTE_MS = 60_000;

/** A clock that only waiting advances, once by `lateMs` too much, when it reaches `stallsAt`. */
function clockOf(stallsAt = Number.POSITIVE_INFINITY, lateMs = 0) {
  let [now, stalls] = [0, true];
  return {
    now: () => now,
    wait: async (ms: number) => {
      now += ms;
      if (!stalls || now < stallsAt) return;
      [now, stalls] = [now + lateMs, false];
    },
  };
}

/** The time of each request in ms, and the result of the pace. */
async function paced(
  pace: { rate: number; minutes: number; soak?: boolean },
  {
    clock = clockOf(),
    ask = async () => {},
  }: { clock?: ReturnType<typeof clockOf>; ask?: () => Promise<void> } = {},
) {
  const times: number[] = [];
  const { signal } = new AbortController();
  const asked = await askAtRate(
    { soak: false, signal, ...pace },
    () => (times.push(clock.now()), ask()),
    clock,
  );
  return { times, ...asked };
}

describe('the pace of the load', () => {
  it.each([1, 7, 100])('asks %d times per second', async (rate) => {
    const { times, asked, missed } = await paced({ rate, minutes: 1 });
    expect(Math.abs(asked - rate * 60)).toBeLessThanOrEqual(1);
    expect(missed).toBe(0);
    expect(times.filter((time) => time <= 30_000).length).toBeCloseTo(rate * 30, -1);
  });

  it('leaves out every tenth minute of a soak and does not make up for it', async () => {
    const { times, missed } = await paced({ rate: 5, minutes: 11, soak: true });
    const inMinute = (minute: number): number =>
      times.filter((time) => Math.floor(time / MINUTE_MS) === minute).length;
    const counts = Array.from({ length: 10 }, (_, minute) => inMinute(minute));
    expect(counts[8]).toBeCloseTo(300, -1);
    expect(counts[9]).toBe(0);
    expect(inMinute(10)).toBeCloseTo(300, -1);
    expect(missed).toBe(0);
  });

  it('has no idle minutes without --soak', async () => {
    const { asked } = await paced({ rate: 5, minutes: 11 });
    expect(asked).toBeCloseTo(3300, -1);
  });

  it('makes up for one second after a stall and reports the rest as missed', async () => {
    const { times, asked, missed } = await paced({ rate: 10, minutes: 1 }, { clock: clockOf(20_000, 5000) });
    expect(times.filter((time) => time === 25_000).length).toBeLessThanOrEqual(11);
    expect(missed).toBeGreaterThanOrEqual(38);
    expect(Math.abs(asked + missed - 600)).toBeLessThanOrEqual(1);
  });

  it('reports as missed what it could not request because too many were under way', async () => {
    const answers: (() => void)[] = [];
    const ask = (): Promise<void> =>
      new Promise((answer) => {
        answers.push(answer);
        if (answers.length === 1000) setTimeout(() => answers.forEach((each) => each()), 1);
      });
    const endsAfterwards = clockOf(59_000, 2000);
    const { asked, missed } = await paced({ rate: 20, minutes: 1 }, { ask, clock: endsAfterwards });
    expect(asked).toBe(1000);
    expect(Math.abs(asked + missed - 1220)).toBeLessThanOrEqual(1);
  });

  it('ends with the first error', async () => {
    const ask = { ask: () => Promise.reject(new Error('refused')) };
    await expect(paced({ rate: 1, minutes: 1 }, ask)).rejects.toThrow('refused');
  });
});

describe('the idle minutes', () => {
  it('are every tenth minute', () => {
    const idle = Array.from({ length: 30 }, (_, minute) => minute).filter((minute) =>
      isIdle(minute * MINUTE_MS),
    );
    expect(idle).toEqual([9, 19, 29]);
    expect([isIdle(10 * MINUTE_MS - 1), isIdle(10 * MINUTE_MS)]).toEqual([true, false]);
  });
});
