import { ProgramError } from '../program.js';
import { isMeasured, linesOf, verdictOn } from './comparison.js';
import type { Comparison, Goal, Outcome, Rounds } from './comparison.js';
import { cpuMsOf } from './process-usage.js';
import type { Requests } from './programs/load.js';
import type { Stage } from './stage.js';

export interface Target {
  readonly url: string;
  readonly requests: Requests;
  /** Where its processor time is of interest. */
  readonly pid?: number;
}

export interface Measured {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Processor time of the server a request, in µs; NaN where it is not known. */
  readonly cpuUs: number;
}

/** @throws {ProgramError} no request was answered with 2xx, or one in a hundred was not */
export async function measuredLoad(
  stage: Stage,
  target: Target,
  connections: number,
  seconds: number,
): Promise<Measured> {
  const { url, requests, pid } = target;
  const isKnown = pid !== undefined && stage.settings.cores !== null;
  const before = isKnown ? await cpuMsOf(pid) : Number.NaN;
  const { perSecond, p99Ms, answered, failed } = await stage.load({ url, connections, seconds, requests });
  if (answered === 0 || failed > answered / 100)
    throw new ProgramError(`${url} answered ${answered} requests, and ${failed} failed`);
  const after = isKnown ? await cpuMsOf(pid) : Number.NaN;
  return { perSecond, p99Ms, cpuUs: ((after - before) * 1000) / answered };
}

const PROCESSOR_TIME = 'processor time, µs a';

/** What a request takes on both sides of each comparison that tells. */
export const processorTimesIn = (outcomes: readonly Outcome[]): { ours: number; theirs: number }[] =>
  outcomes
    .filter(isMeasured)
    .filter(({ quantity }) => quantity.startsWith(PROCESSOR_TIME))
    .map(verdictOn);

/** The same by what is asked for, where that is many things a request. */
export const perThing = ({ perSecond, p99Ms, cpuUs }: Measured, things: number): Measured => ({
  perSecond: perSecond * things,
  p99Ms,
  cpuUs: cpuUs / things,
});

/**
 * The goal is for the requests a second; the other quantities explain them.
 *
 * @param compared its `thing` is what is counted
 */
export function quantitiesOf(
  stage: Stage,
  compared: { what: string; ceiling: string; rounds: Rounds<keyof Measured>; goal?: Goal; thing?: string },
): Comparison[] {
  const { what, ceiling, rounds, goal, thing = 'request' } = compared;
  const processorTime = {
    what,
    ceiling,
    quantity: `${PROCESSOR_TIME} ${thing}`,
    ...linesOf(rounds, 'cpuUs'),
  };
  return [
    { what, ceiling, quantity: `${thing}s/s`, ...linesOf(rounds, 'perSecond'), ...(goal && { goal }) },
    { what, ceiling, quantity: 'p99, ms', ...linesOf(rounds, 'p99Ms') },
    ...(stage.settings.cores === null ? [] : [processorTime]),
  ];
}
