import { comparePlain } from '../results/comparison.js';
import type { Compared, Comparison, Rounds } from '../results/comparison.js';

export const PROCESSOR_TIME = 'processor time each, µs';

export interface Rate {
  readonly perSecond: number;
  /** Processor time of the server for each, in µs; NaN where the machine does not tell it. */
  readonly cpuUs: number;
}

type ComparedRate = Omit<Compared, 'quantity'> & { readonly thing: string };

/** The rate, which has the goal, and the processor time behind it. */
export function compareRates(
  rounds: Rounds<Rate>,
  { thing, goal, chart, ...compared }: ComparedRate,
): Comparison[] {
  const rate = comparePlain(rounds, 'perSecond', {
    ...compared,
    quantity: `${thing}/s`,
    goal,
    chart,
  });
  const times = comparePlain(rounds, 'cpuUs', { ...compared, quantity: PROCESSOR_TIME });
  const isKnown = [...times.ours, ...times.theirs].every((time) => Number.isFinite(time));
  return isKnown ? [rate, times] : [rate];
}
