import { describe, expect, it, vi } from 'vitest';
import { atMostEvery } from '../../src/platform/at-most-every.js';

const SECOND = 1000;

describe('a reading at most once a second', () => {
  it('is shared by all who ask within the second', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const read = vi.fn<() => Promise<void>>(async () => undefined);
    const ask = atMostEvery(SECOND, read);
    await Promise.all([ask(), ask()]);
    vi.advanceTimersByTime(SECOND - 1);
    await ask();
    expect(read).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(1);
    await ask();
    expect(read).toHaveBeenCalledTimes(2);
    vi.useRealTimers();
  });

  it('is shared for as long as it takes, and waited for', async () => {
    const answers: (() => void)[] = [];
    const read = vi.fn<() => Promise<void>>(() => new Promise((resolve) => answers.push(resolve)));
    const ask = atMostEvery(0, read);
    const both = Promise.all([ask(), ask()]);
    expect(read).toHaveBeenCalledOnce();
    answers[0]?.();
    await both;
    void ask();
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('is done again at once after one that failed', async () => {
    const read = vi.fn<() => Promise<number>>().mockRejectedValueOnce(new Error('away')).mockResolvedValue(1);
    const ask = atMostEvery(SECOND, read);
    await expect(Promise.all([ask(), ask()])).rejects.toThrow('away');
    expect(read).toHaveBeenCalledOnce();
    expect(await ask()).toBe(1);
  });
});
