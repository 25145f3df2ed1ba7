import { Redis } from 'ioredis';
import { Pool } from 'undici';
import { closedGates } from '../../src/gate/project-gates.js';
import type { ClosedGate } from '../../src/gate/project-gates.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { DEFAULT_API_TOKEN, DEFAULT_PROJECT_ID } from '../../src/simulator/simulator.config.js';
import { provideBenchRedis, versionOf } from '../bench/bench-redis.js';
import { readyBeforeEnd, startChild, stopChild } from '../bench/child.js';
import type { Cores, Part } from '../bench/cores.js';
import type { KeptPlaces } from '../bench/page.js';
import { Caller } from '../drills/caller.js';
import { freePort } from '../../src/demo/free-port.js';
import { localVariables } from '../../src/demo/local-variables.js';
import type { Program } from '../../src/demo/program.js';
import { untilReady } from '../../src/demo/until-ready.js';

const PREFIX = '{streamstop-load}';

export interface LoadParts {
  readonly caller: Caller;
  readonly redis: Redis;
  readonly redisVersion: string;
  /** Null where no process is kept to a core. */
  readonly places: KeptPlaces | null;
  readonly servicePid: number;
  /** The projects that are kept from sending now; there is but one. */
  readonly closedGates: () => Promise<ClosedGate[]>;
  createCall(sid: string, faults: readonly Fault[]): Promise<void>;
}

/** Redis, simulator and service, each a process of its own, and a caller. */
export async function startLoadParts(program: Program, cores: Cores | null): Promise<LoadParts> {
  const { url: redisUrl, hasCore } = await provideBenchRedis(program, cores);
  const redis = await program.start(
    async () => new Redis(redisUrl),
    async (started) => started.disconnect(),
  );
  const simulator = await startSimulator(program, cores);
  const [port, publicPort] = [await freePort(), await freePort()];
  const serviceUrl = `http://127.0.0.1:${port}`;
  const variables = localVariables({ port, publicPort, redisUrl, queuePrefix: PREFIX, simulator });
  const service = await startProgram(program, cores, 'service', '../../src/main.js', variables);
  await readyBeforeEnd(service, untilReady(`${serviceUrl}/health/ready`, program.signal));
  const caller = await program.start(
    async () => new Caller(program.signal),
    (started) => started.close(),
  );
  caller.urls.push(serviceUrl);
  return {
    caller,
    redis,
    redisVersion: await versionOf(redisUrl),
    places: cores && { ...cores.places, redis: hasCore ? cores.places.redis : null },
    servicePid: service.pid ?? 0,
    closedGates: () => closedGates(redis, PREFIX),
    createCall: simulator.createCall,
  };
}

async function startSimulator(program: Program, cores: Cores | null) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const variables = { SIMULATOR_PORT: String(port) };
  const child = await startProgram(program, cores, 'stub', '../../src/demo/simulator.js', variables);
  await readyBeforeEnd(child, untilReady(`${url}/simulator/health`, program.signal));
  const control = await program.start(
    async () => new Pool(url, { connections: 50 }),
    (pool) => pool.destroy(),
  );
  const createCall = async (sid: string, faults: readonly Fault[]): Promise<void> => {
    const { body } = await control.request({
      method: 'POST',
      path: '/simulator/calls',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sid, streams: [{ name: 'stream' }], faults }),
    });
    await body.dump();
  };
  return { url, projectId: DEFAULT_PROJECT_ID, apiToken: DEFAULT_API_TOKEN, createCall };
}

function startProgram(
  program: Program,
  cores: Cores | null,
  part: Part,
  file: string,
  variables: Readonly<Record<string, string>>,
) {
  return program.start(
    async () => startChild(file, { variables, through: cores?.on(part) ?? [] }),
    stopChild,
  );
}
