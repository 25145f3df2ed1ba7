import { describe, expect, it, vi } from 'vitest';
import { LatestStates } from '../../../src/api/watching/latest-states.js';
import type { Change } from '../../../src/queue/changes/change-feed.js';

const change = (id: string, position: string): Change => ({ id, position });

describe('the latest states', () => {
  it('are read once per cancellation, however often it has changed', async () => {
    const published: Change[][] = [];
    const states = new LatestStates(async (changes) => void published.push([...changes]));
    states.add(change('a', '1-0'));
    states.add(change('b', '2-0'));
    states.add(change('c', '3-0'));
    states.add(change('b', '4-0'));
    await vi.waitFor(() => expect(published).toHaveLength(2));
    expect(published).toEqual([[change('a', '1-0')], [change('c', '3-0'), change('b', '4-0')]]);
  });

  it('are read again if a cancellation changes while it is read', async () => {
    const positions: string[] = [];
    const states = new LatestStates(async ([first]) => {
      positions.push(first?.position ?? '');
      if (positions.length === 1) states.add(change('a', '2-0'));
    });
    states.add(change('a', '1-0'));
    await vi.waitFor(() => expect(positions).toEqual(['1-0', '2-0']));
  });

  it('are read again after Redis was out of reach', async () => {
    const publish = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('Connection is closed.'));
    const states = new LatestStates(publish);
    states.add(change('a', '1-0'));
    await vi.waitFor(() => expect(publish).toHaveBeenCalledTimes(2), 5000);
    expect(publish).toHaveBeenLastCalledWith([change('a', '1-0')]);
  });
});
