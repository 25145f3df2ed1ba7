import { ProgramError } from '../../../src/demo/program.js';
import type { Requests } from '../programs/load.js';
import type { Stage } from '../stage.js';
import { knownCpuMsOf } from './process-usage.js';
import type { Rate } from './quantities.js';

export const CONNECTIONS = 50;

export interface Target {
  readonly url: string;
  readonly pid: number;
  readonly connections: number;
  readonly requests: Requests;
}

export interface Measured extends Rate {
  readonly p99Ms: number;
}

/** A fresh process gets faster for so long, while V8 compiles what is used most. */
export const WARM_UP_S = 6;

/** V8 drops compiled code while a process idles through the turns of others. */
const WARM_AGAIN_S = 1;

/** @throws {ProgramError} more than one request in a hundred was not answered with 2xx */
export async function measuredLoad(stage: Stage, target: Target, seconds: number): Promise<Measured> {
  const { url, connections, requests, pid } = target;
  const order = { url, connections };
  await stage.load({ ...order, seconds: WARM_AGAIN_S, requests: othersLike(requests) });
  const before = await knownCpuMsOf(pid);
  const { perSecond, p99Ms, answered, failed } = await stage.load({ ...order, seconds, requests });
  if (answered === 0 || failed > answered / 100)
    throw new ProgramError(`${url} answered ${answered} requests, and ${failed} failed`);
  const after = await knownCpuMsOf(pid);
  return { perSecond, p99Ms, cpuUs: ((after - before) * 1000) / answered };
}

/** Loads a fresh process. A cold one may refuse some requests. */
export const warmUp = (stage: Stage, { url, connections, requests }: Target): Promise<unknown> =>
  stage.load({ url, connections, seconds: WARM_UP_S, requests });

/** No cancellation is requested twice. */
const othersLike = (requests: Requests): Requests =>
  requests.kind === 'cancellations' ? { ...requests, name: `${requests.name}-warm` } : requests;

/** The same rate counted in things of which a request contains several. */
export const perThing = (measured: Measured, things: number): Measured => ({
  ...measured,
  perSecond: measured.perSecond * things,
  cpuUs: measured.cpuUs / things,
});
