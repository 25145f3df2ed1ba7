import { describe, expect, it } from 'vitest';
import { processorTimesIn, quantitiesOf } from '../quantities.js';

const measured = (perSecond: number, cpuUs: number) => ({ perSecond, p99Ms: 7, cpuUs, failed: 1 });
const compared = (theirCpuUs: number) => ({
  what: 'a thing',
  ceiling: 'a ceiling',
  goal: { atLeast: 0.8 },
  rounds: { ours: [measured(5000, 200)], theirs: [measured(8000, theirCpuUs)] },
});

describe('the quantities of a load', () => {
  it('are its rate, which has the goal, and what explains it', () => {
    const [rate, ...others] = quantitiesOf(compared(50));
    expect(rate).toMatchObject({
      quantity: 'requests/s',
      ours: [5000],
      theirs: [8000],
      goal: { atLeast: 0.8 },
    });
    expect(rate?.failed).toEqual({ ours: [1], theirs: [1] });
    expect(others.map(({ quantity, ours, theirs, goal }) => [quantity, ours, theirs, goal])).toEqual([
      ['p99, ms', [7], [7], undefined],
      ['processor time, µs a request', [200], [50], undefined],
      ['of its core in use, %', [100], [40], undefined],
    ]);
  });

  it('are without the processor where one side does not tell', () => {
    const quantities = quantitiesOf(compared(Number.NaN));
    expect(quantities.map(({ quantity }) => quantity)).toEqual(['requests/s', 'p99, ms']);
    expect(processorTimesIn(quantities)).toEqual([]);
  });

  it('tell what each takes', () => {
    const failed = { what: 'another', ceiling: 'another', reason: 'none' };
    expect(processorTimesIn([failed, ...quantitiesOf(compared(50))])).toMatchObject([
      { ours: 200, theirs: 50 },
    ]);
  });
});
