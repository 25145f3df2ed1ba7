import { describe, expect, it, vi } from 'vitest';
import { atMostEvery } from '../../../src/platform/metrics/at-most-every.js';

const SECOND = 1000;

describe('a refresh at most once a second', () => {
  it('is shared by all who ask within the second', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const refresh = vi.fn<() => Promise<void>>(async () => undefined);
    const ask = atMostEvery(SECOND, refresh);
    await Promise.all([ask(), ask()]);
    vi.advanceTimersByTime(SECOND - 1);
    await ask();
    expect(refresh).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(1);
    await ask();
    expect(refresh).toHaveBeenCalledTimes(2);
    vi.useRealTimers();
  });

  it('is shared for as long as it takes, and waited for', async () => {
    const answers: (() => void)[] = [];
    const refresh = vi.fn<() => Promise<void>>(() => new Promise((resolve) => answers.push(resolve)));
    const ask = atMostEvery(0, refresh);
    const both = Promise.all([ask(), ask()]);
    expect(refresh).toHaveBeenCalledOnce();
    answers[0]?.();
    await both;
    void ask();
    expect(refresh).toHaveBeenCalledTimes(2);
  });
});
