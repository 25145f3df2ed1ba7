import { describe, expect, it } from 'vitest';
import { compareRates } from '../measure/quantities.js';

const rate = (perSecond: number, cpuUs: number) => [{ perSecond, cpuUs }];
const compared = { what: 'a thing', ceiling: 'bare', thing: 'requests', goal: { atLeast: 1.2 } };

describe('a rate', () => {
  it('has the goal, and the processor time explains it', () => {
    const rounds = { ours: rate(5000, 200), plain: rate(4000, 250), ceiling: rate(8000, 50) };
    expect(compareRates(rounds, compared)).toMatchObject([
      { quantity: 'requests/s', ours: [5000], theirs: [4000], goal: { atLeast: 1.2 } },
      { quantity: 'processor time each, µs', ours: [200], theirs: [250] },
    ]);
    expect(compareRates(rounds, compared)[1]?.goal).toBeUndefined();
  });

  it('has no processor time where the machine does not tell it', () => {
    const rounds = { ours: rate(5000, 200), plain: rate(4000, Number.NaN), ceiling: rate(8000, 50) };
    expect(compareRates(rounds, compared).map(({ quantity }) => quantity)).toEqual(['requests/s']);
  });
});
