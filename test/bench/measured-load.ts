import { ProgramError } from '../../src/demo/program.js';
import { knownCpuMsOf } from './process-usage.js';
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
  /** Requests that were not answered with 2xx, at most one in a hundred. */
  readonly failed: number;
}

/** For a process that has let go of compiled code while others took their turns. */
const WARM_UP_S = 1;

/** What a load brings once all is warm. @throws {ProgramError} no request was answered with 2xx, or one in a hundred was not */
export async function measuredLoad(
  stage: Stage,
  target: Target,
  connections: number,
  seconds: number,
): Promise<Measured> {
  const { url, requests, pid } = target;
  await stage.load({ url, connections, seconds: WARM_UP_S, requests: othersLike(requests) });
  const before = await knownCpuMsOf(pid);
  const { perSecond, p99Ms, answered, failed } = await stage.load({ url, connections, seconds, requests });
  if (answered === 0 || failed > answered / 100)
    throw new ProgramError(`${url} answered ${answered} requests, and ${failed} failed`);
  const after = await knownCpuMsOf(pid);
  return { perSecond, p99Ms, cpuUs: ((after - before) * 1000) / answered, failed };
}

/** No cancellation is asked for twice. */
const othersLike = (requests: Requests): Requests =>
  requests.kind === 'cancellations' ? { ...requests, name: `${requests.name}-warm` } : requests;

/** The same by what is asked for, where that is many things a request. */
export const perThing = (measured: Measured, things: number): Measured => ({
  ...measured,
  perSecond: measured.perSecond * things,
  cpuUs: measured.cpuUs / things,
});
