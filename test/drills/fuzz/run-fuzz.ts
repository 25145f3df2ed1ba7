import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ProgramError } from '../../../src/demo/program.js';
import type { Program } from '../../../src/demo/program.js';
import { stopLinkPaths } from '../../bench/programs/stop-links.js';
import { apiRequests } from '../../fuzz/api-requests.js';
import { fuzz } from '../../fuzz/fuzz.js';
import type { Target } from '../../fuzz/fuzz.js';
import { publicRequests } from '../../fuzz/public-requests.js';
import { BASE_PATH, cancelled, fuzzVariables } from '../../fuzz/setting.js';
import { apiVerdict, publicVerdict } from '../../fuzz/verdict.js';
import { Description } from '../../support/description/description.js';
import type { OpenApi } from '../../support/description/open-api.js';
import type { ServiceProcess } from '../parts/service-process.js';
import { Stage } from '../stage.js';

const CONNECTIONS = 20_000;

const MAX_STALL_MS = 250;
const LOOKS_AFTER_MS = 1000;
/** The longest delay of a process's event loop since it was last asked. */
const DELAY = 'nodejs_eventloop_lag_max_seconds';

/**
 * Sends random requests to both ports of a service process, and fails on a wrong answer or a stall.
 *
 * @throws {ProgramError}
 */
export async function runFuzz(program: Program, seed: number): Promise<void> {
  program.write(`Seed: ${seed}`);
  const stage = await Stage.open(program, {});
  // Else nearly every public request would end at its signature.
  delete stage.variables['SIGNALWIRE_SIGNING_KEY'];
  const folder = await stage.own(
    () => mkdtemp(join(tmpdir(), 'streamstop-fuzz-')),
    (path) => rm(path, { recursive: true }),
  );
  const service = await stage.start('api,worker,documents', await fuzzVariables(folder));
  // Does nothing: what delays its event loop is this machine.
  const control = await stage.start('worker', { QUEUE_PREFIX: '{control}' });
  const watch = watched(service, control, program.signal);
  const findings: string[] = [];
  for (const target of await targets(stage, service.url)) {
    const result = await fuzz(target, CONNECTIONS, seed);
    const statuses = [...result.statuses].toSorted(([a], [b]) => a - b);
    program.write(`${target.port}: ${statuses.map(([status, count]) => `${count} × ${status}`).join(', ')}`);
    findings.push(...result.findings);
  }
  const stallMs = await watch.end();
  program.write(`Longest stall beyond an idle process's: ${stallMs.toFixed(0)} ms`);
  if (stallMs > MAX_STALL_MS) findings.push(`a stall of ${stallMs.toFixed(0)} ms`);
  if (findings.length > 0) throw new ProgramError(`\nFailed with seed ${seed}:\n${findings.join('\n')}`);
}

async function targets(stage: Stage, url: string): Promise<Target[]> {
  const openApi = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi;
  const ids = await cancelled(url, [stage.call(), 'no-call']);
  const [path = ''] = stopLinkPaths(stage.variables['LINK_SECRET'] ?? '', 1);
  const known = { token: path.split('/').at(-1) ?? '', accountSid: stage.simulator.projectId };
  return [
    {
      port: 'api',
      url,
      connections: apiRequests(openApi, ids),
      verdict: apiVerdict(new Description(openApi, BASE_PATH)),
    },
    {
      port: 'public',
      url: stage.variables['PUBLIC_URL'] ?? '',
      connections: publicRequests(known),
      verdict: publicVerdict,
    },
  ];
}

/** How much longer than the idle process the service kept others waiting, at worst, in ms. */
function watched(service: ServiceProcess, control: ServiceProcess, signal: AbortSignal) {
  const ended = new AbortController();
  let worst = 0;
  const look = async (): Promise<void> => {
    const [own, idle] = await Promise.all([service.metric(DELAY), control.metric(DELAY)]);
    worst = Math.max(worst, ((own ?? 0) - (idle ?? 0)) * 1000);
  };
  const watching = (async () => {
    // What happened before is the start.
    await look();
    worst = 0;
    while (!ended.signal.aborted && !signal.aborted) {
      await look();
      await delay(LOOKS_AFTER_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  return {
    end: async (): Promise<number> => {
      ended.abort();
      await watching;
      await look();
      return worst;
    },
  };
}
