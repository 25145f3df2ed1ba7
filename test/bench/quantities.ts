import { isMeasured, linesOf, verdictOn } from './comparison.js';
import type { Comparison, Goal, Outcome, Rounds } from './comparison.js';
import type { Measured } from './measured-load.js';

const PROCESSOR_TIME = 'processor time, µs a';

/** What a request, or another thing, takes on both sides of each comparison that tells. */
export const processorTimesIn = (outcomes: readonly Outcome[]): { ours: number; theirs: number }[] =>
  outcomes
    .filter(isMeasured)
    .filter(({ quantity }) => quantity.startsWith(PROCESSOR_TIME))
    .map(verdictOn);

interface Compared<Q extends string> {
  readonly what: string;
  readonly ceiling: string;
  readonly rounds: Rounds<Q>;
  /** What is counted. */
  readonly thing?: string;
}

/** The goal is for the requests a second; the other quantities explain them. */
export function quantitiesOf(compared: Compared<keyof Measured> & { readonly goal?: Goal }): Comparison[] {
  const { what, ceiling, rounds, goal, thing = 'request' } = compared;
  const rate = { ...linesOf(rounds, 'perSecond'), failed: linesOf(rounds, 'failed') };
  return [
    { what, ceiling, quantity: `${thing}s/s`, ...rate, ...(goal && { goal }) },
    { what, ceiling, quantity: 'p99, ms', ...linesOf(rounds, 'p99Ms') },
    ...processorQuantitiesOf(compared),
  ];
}

/** What each takes of the processor, and how much of its core that fills; nothing where one side's is not known. */
export function processorQuantitiesOf({
  what,
  ceiling,
  rounds,
  thing = 'request',
}: Compared<'perSecond' | 'cpuUs'>): Comparison[] {
  const times = linesOf(rounds, 'cpuUs');
  if ([...times.ours, ...times.theirs].some((time) => !Number.isFinite(time))) return [];
  const fill = { ours: rounds.ours.map(corePercentOf), theirs: rounds.theirs.map(corePercentOf) };
  return [
    { what, ceiling, quantity: `${PROCESSOR_TIME} ${thing}`, ...times },
    { what, ceiling, quantity: 'of its core in use, %', ...fill },
  ];
}

const corePercentOf = ({ perSecond, cpuUs }: Readonly<Record<'perSecond' | 'cpuUs', number>>): number =>
  (perSecond * cpuUs) / 10_000;
