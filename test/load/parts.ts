import { Redis } from 'ioredis';
import { Pool } from 'undici';
import { freePort } from '../../src/demo/free-port.js';
import type { Program } from '../../src/demo/program.js';
import { untilReady } from '../../src/demo/until-ready.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { startBenchRedis } from '../bench/bench-redis.js';
import { readyBeforeEnd, startChild, stopChild } from '../bench/child.js';
import type { Cores, Part } from '../bench/cores.js';
import { serviceVariables } from '../bench/service-variables.js';
import { Caller } from '../drills/parts/caller.js';

/** The simulator's project. */
const CREDENTIALS = {
  projectId: '00000000-0000-4000-8000-000000000001',
  apiToken: 'PTload',
  signingKey: 'PSKload0123456789',
};

export interface LoadParts {
  readonly caller: Caller;
  readonly redis: Redis;
  readonly servicePid: number;
  /** The state of the project as `GET /queue` tells it; null if it cannot be read. */
  readonly projectState: () => Promise<string | null>;
  createCall(sid: string, faults: readonly Fault[]): Promise<void>;
}

/** Redis, simulator and service, each in a process of its own, and a caller. */
export async function startLoadParts(program: Program, cores: Cores | null): Promise<LoadParts> {
  const redisUrl = await startBenchRedis(program, cores);
  const redis = await program.start(
    async () => new Redis(redisUrl),
    async (started) => started.disconnect(),
  );
  const simulator = await startSimulator(program, cores);
  const [port, publicPort] = [await freePort(), await freePort()];
  const serviceUrl = `http://127.0.0.1:${port}`;
  const signalWire = { ...CREDENTIALS, url: simulator.url };
  const variables = serviceVariables({ port, publicPort, redisUrl, signalWire });
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
    servicePid: service.pid ?? 0,
    projectState: async () => {
      const { body } = await caller.get('/queue');
      const { projects } = body as { readonly projects?: readonly { readonly state: string }[] };
      return projects?.[0]?.state ?? null;
    },
    createCall: simulator.createCall,
  };
}

async function startSimulator(program: Program, cores: Cores | null) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const variables = {
    SIMULATOR_PORT: String(port),
    SIGNALWIRE_PROJECT_ID: CREDENTIALS.projectId,
    SIGNALWIRE_API_TOKEN: CREDENTIALS.apiToken,
    SIGNALWIRE_SIGNING_KEY: CREDENTIALS.signingKey,
  };
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
  return { url, createCall };
}

/** @param file relative to the bench */
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
