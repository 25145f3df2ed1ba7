import { expect, it } from 'vitest';
import { closedSeconds } from '../closed-seconds.js';

it('adds up the time in each state other than working', async () => {
  const over = new AbortController();
  const states = ['working', 'throttled', 'throttled', null, 'unavailable'];
  const seconds = await closedSeconds(over.signal, async () => {
    const state = states.shift() ?? null;
    if (states.length === 0) over.abort();
    return state;
  });
  expect([...seconds.keys()]).toEqual(['throttled', 'unavailable']);
  expect(seconds.get('throttled')).toBeGreaterThan(0.49);
  expect(seconds.get('unavailable')).toBeGreaterThan(0.24);
});
