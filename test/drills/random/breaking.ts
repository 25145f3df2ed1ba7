import { untilReady } from '../../../src/demo/until-ready.js';
import type { TcpProxy } from '../../support/tcp-proxy.js';
import { ExpectationError } from '../drill.js';
import type { Stage } from '../stage.js';
import type { PlannedBreakage, Target } from './schedule.js';
import { Supervised } from './supervised.js';

const READY_WITHIN_MS = 180_000;

/** When a target did not work, in epoch milliseconds. */
export interface Disturbance {
  readonly target: Target;
  readonly what: PlannedBreakage['what'];
  readonly from: number;
  readonly to: number;
}

/** The service's processes, and the way to SignalWire. */
export interface Cast {
  readonly processes: ReadonlyMap<Target, Supervised>;
  readonly provider: TcpProxy;
}

/** The processes, and the variable with the address of each that SignalWire asks for documents. */
const ROLES: readonly (readonly [Target, role: string, address?: 'PUBLIC_URL' | 'FALLBACK_URL'])[] = [
  ['api', 'api'],
  ['worker 1', 'worker'],
  ['worker 2', 'worker'],
  ['documents 1', 'documents', 'PUBLIC_URL'],
  ['documents 2', 'documents', 'FALLBACK_URL'],
];

/** Starts the service, and waits until all of it is ready. */
export async function startCast(stage: Stage): Promise<Cast> {
  const provider = await stage.proxyTo(Number(new URL(stage.simulator.url).port));
  stage.variables['SIGNALWIRE_SPACE_URL'] = `http://127.0.0.1:${provider.port}`;
  const publicPorts = { PUBLIC_URL: await stage.ports.next(), FALLBACK_URL: await stage.ports.next() };
  for (const [address, port] of Object.entries(publicPorts))
    stage.variables[address] = `http://127.0.0.1:${port}`;
  const processes = new Map<Target, Supervised>();
  for (const [target, role, address] of ROLES) {
    const variables = address && { PUBLIC_PORT: String(publicPorts[address]) };
    const process = await stage.process(role, variables);
    const supervised = await stage.own(
      async () => new Supervised(process),
      async (it) => it.end(),
    );
    processes.set(target, supervised);
  }
  const cast = { processes, provider };
  await untilAllReady(stage, cast);
  return cast;
}

/** @throws {ExpectationError} one of them is not ready within three minutes, which a busy machine may need */
export async function untilAllReady({ signal }: Stage, { processes }: Cast): Promise<void> {
  const limit = AbortSignal.timeout(READY_WITHIN_MS);
  const either = AbortSignal.any([signal, limit]);
  await Promise.all(
    Array.from(processes, async ([target, { process }]) => {
      try {
        await untilReady(`${process.url}/health/ready`, either);
      } catch (error) {
        if (!limit.aborted) throw error;
        throw new ExpectationError(`${target} is not ready: ${process.errors}`, { cause: error });
      }
    }),
  );
}

/** Breaks one target as planned, and returns once it works again or is about to. */
export async function breakTarget(
  stage: Stage,
  cast: Cast,
  { target, what, forMs }: PlannedBreakage,
): Promise<Disturbance> {
  const from = Date.now();
  if (target === 'redis') await breakRedis(stage, what, forMs);
  else if (target === 'signalwire') await breakProvider(stage, cast.provider, what, forMs);
  else await breakProcess(cast.processes.get(target) as Supervised, what, forMs);
  return { target, what, from, to: Date.now() };
}

async function breakRedis(stage: Stage, what: PlannedBreakage['what'], forMs: number): Promise<void> {
  const { redis } = stage;
  if (what === 'freeze') {
    redis.pause();
    await stage.wait(forMs).finally(() => redis.resume());
    return;
  }
  await redis.kill();
  await stage.wait(forMs);
  await redis.start();
}

async function breakProvider(
  stage: Stage,
  provider: TcpProxy,
  what: PlannedBreakage['what'],
  forMs: number,
): Promise<void> {
  if (what === 'silence') return provider.silence();
  if (what === 'lose answers') return provider.loseAnswers();
  await provider.refuse();
  await stage.wait(forMs);
  await provider.open();
}

async function breakProcess(
  supervised: Supervised,
  what: PlannedBreakage['what'],
  forMs: number,
): Promise<void> {
  if (what === 'freeze') return supervised.freeze(forMs);
  if (what === 'kill') return supervised.kill(forMs);
  await supervised.process.stop();
}
