import { expect, it } from 'vitest';
import { closedSeconds } from '../closed-seconds.js';
import type { ClosedState } from '../../../src/cancellation/project-states.js';

it('tells for how long the project was kept from sending, by why', async () => {
  const over = new AbortController();
  const states: (ClosedState | null)[] = [null, 'throttled', 'throttled', null, 'unavailable'];
  const seconds = await closedSeconds(over.signal, async () => {
    const state = states.shift() ?? null;
    if (states.length === 0) over.abort();
    return state === null ? [] : [{ state }];
  });
  expect([...seconds.keys()]).toEqual(['throttled', 'unavailable']);
  expect(seconds.get('throttled')).toBeGreaterThan(0.19);
  expect(seconds.get('unavailable')).toBeGreaterThan(0.09);
});
