import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '../../../src/simulator/faults/fault.js';
import { startSimulator } from '../../../src/simulator/simulator.js';
import type { Simulator } from '../../../src/simulator/simulator.js';
import type { TcpProxy } from '../../support/tcp-proxy.js';
import type { ServiceProcess } from '../parts/service-process.js';
import { SIGNING_KEY } from '../stage.js';
import type { Stage } from '../stage.js';

/** Of the project whose SignalWire can be made to fail without the other. */
export const SECOND_PROJECT = 'billing';
const SECOND_PROJECT_ID = '00000000-0000-4000-8000-000000000002';

const CALLS_EVERY_MS = 200;
const DEADLINE_MS = 5000;

/** The parts that a drill breaks. */
export interface Cast {
  readonly stage: Stage;
  readonly api: ServiceProcess;
  readonly worker: ServiceProcess;
  readonly documents: ServiceProcess;
  /** Between the service and the SignalWire of the first project. */
  readonly signalWire: TcpProxy;
  /** Between SignalWire and `PUBLIC_PORT`. */
  readonly publicUrl: TcpProxy;
  /** What each new call suffers, by project; a drill changes it. */
  readonly faults: { default: readonly Fault[]; billing: readonly Fault[] };
}

/** A process per role, two projects, and calls of both whose streams are to stop, until the stage is over. */
export async function startCast(stage: Stage): Promise<Cast> {
  const second = await stage.own(
    () => startSimulator({ log: false, signingKey: SIGNING_KEY, projectId: SECOND_PROJECT_ID }),
    (simulator) => simulator.close(),
  );
  const { SIGNALWIRE_SPACE_URL = '', PUBLIC_URL = '' } = stage.variables;
  const signalWire = await stage.proxyTo(Number(new URL(SIGNALWIRE_SPACE_URL).port));
  const publicUrl = await stage.proxyTo(Number(new URL(PUBLIC_URL).port));
  Object.assign(stage.variables, {
    SIGNALWIRE_SPACE_URL: `http://127.0.0.1:${signalWire.port}`,
    PUBLIC_URL: `http://127.0.0.1:${publicUrl.port}`,
    SIGNALWIRE_PROJECTS_FILE: await projectsFile(stage, second),
    REQUEST_TIMEOUT_MS: '1000',
    CONFIRMATION_TIMEOUT_MS: '1000',
  });
  const processes = await stage.startAll();
  const cast: Cast = { stage, ...processes, signalWire, publicUrl, faults: { default: [], billing: [] } };
  void keepAsking(cast, second);
  return cast;
}

async function projectsFile(stage: Stage, { url, projectId, apiToken }: Simulator): Promise<string> {
  const folder = await stage.own(
    () => mkdtemp(join(tmpdir(), 'streamstop-drill-')),
    (made) => rm(made, { recursive: true }),
  );
  const project = {
    name: SECOND_PROJECT,
    spaceUrl: url,
    projectId,
    apiToken: { env: 'SECOND_TOKEN' },
    signingKey: { env: 'SECOND_SIGNING_KEY' },
  };
  Object.assign(stage.variables, { SECOND_TOKEN: apiToken, SECOND_SIGNING_KEY: SIGNING_KEY });
  const path = join(folder, 'projects.json');
  await writeFile(path, JSON.stringify({ projects: [project] }));
  return path;
}

/** Callers do not mind what the answers are: the alerts are to tell. */
async function keepAsking({ stage, faults }: Cast, second: Simulator): Promise<void> {
  const streams = [{ name: 'stream' }];
  while (!stage.signal.aborted) {
    const first = stage.simulator.createCall({ streams, faults: faults.default });
    const other = second.createCall({ streams, faults: faults.billing });
    const wishes = [
      { callSid: first.sid, deadlineMs: DEADLINE_MS },
      { callSid: other.sid, deadlineMs: DEADLINE_MS, project: SECOND_PROJECT },
    ];
    for (const wish of wishes) void stage.caller.ask(wish).catch(() => undefined);
    await stage.wait(CALLS_EVERY_MS).catch(() => undefined);
  }
}
