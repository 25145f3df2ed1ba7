import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Wish } from '../../parts/caller.js';
import type { Drill, Struck } from '../../drill.js';
import { openJobs } from '../../settlement.js';
import type { Stage } from '../../stage.js';

const FRESH = 100;
const FRESH_WITHIN_MS = 10_000;
const SHORT_MS = 10_000;
const LONG_MS = 900_000;

/** Many cancellations wait for a SignalWire that refuses connections. */
export function backlogs(size: number): readonly Drill[] {
  const times = { limitMs: 120_000 + size * 12, settlesWithinMs: 30_000 + size * 4 };
  const shown = size.toLocaleString('en');
  return [
    {
      name: 'backlog-of-the-same-project',
      fault: `${shown} cancellations wait for a dead SignalWire, half of them until they expire; it comes back; then ${FRESH} fresh ones`,
      ...times,
      async strike(stage) {
        const provider = await stage.proxyTo(Number(new URL(stage.simulator.url).port));
        await provider.refuse();
        stage.variables['SIGNALWIRE_SPACE_URL'] = `http://127.0.0.1:${provider.port}`;
        await stage.startAll();
        const expired = await acceptExpiring(stage, size / 2);
        await stage.caller.insistOnAll(
          stage.calls(size / 2).map((callSid) => ({ callSid, deadlineMs: LONG_MS })),
        );
        await stage.wait(SHORT_MS);
        await provider.open();
        const struck = await fresh(stage);
        await expectExpired(stage, expired, times.settlesWithinMs);
        return struck;
      },
    },
    {
      name: 'backlog-of-another-project',
      fault: `${shown} cancellations wait for a dead SignalWire until they expire; meanwhile ${FRESH} fresh ones for another project`,
      ...times,
      async strike(stage) {
        await useProjectsFile(stage);
        await stage.startAll();
        const expired = await acceptExpiring(stage, size, 'dead');
        const struck = await fresh(stage, 'alive');
        await expectExpired(stage, expired, times.settlesWithinMs);
        return struck;
      },
    },
  ];
}

/** SignalWire stays dead until their deadlines have passed, so their calls need not exist. @returns the ids */
function acceptExpiring(stage: Stage, count: number, project?: string): Promise<string[]> {
  const rest = { deadlineMs: SHORT_MS, ...(project !== undefined && { project }) };
  const wishes = Array.from({ length: count }, (_, number): Wish => ({ callSid: `dead-${number}`, ...rest }));
  return stage.caller.insistOnAll(wishes);
}

/** Fresh cancellations must not wait behind the backlog. */
async function fresh(stage: Stage, project?: string): Promise<Struck> {
  const sids = stage.calls(FRESH);
  const wishes = sids.map((callSid) => ({ callSid, ...(project !== undefined && { project }) }));
  const start = performance.now();
  await stage.caller.insistOnAll(wishes);
  await stage.until('the fresh ones are stopped', 60_000, () => sids.every((sid) => stage.isStopped(sid)));
  const recoveryMs = performance.now() - start;
  stage.expect(
    recoveryMs <= FRESH_WITHIN_MS,
    `the fresh ones were stopped after ${(recoveryMs / 1000).toFixed(1)} s`,
  );
  return { recoveryMs };
}

async function expectExpired(stage: Stage, ids: readonly string[], limitMs: number): Promise<void> {
  await stage.until('all are finished', limitMs, async () => (await openJobs(stage)) === 0);
  const found = [...(await stage.caller.find(ids)).values()];
  const others = found.filter(({ status }) => status !== 'expired');
  const first = others[0];
  stage.expect(
    others.length === 0,
    `${others.length} of the waiting ones did not expire (${first?.status}, ${first?.failure?.code})`,
  );
}

async function useProjectsFile(stage: Stage): Promise<void> {
  const { url, projectId, apiToken } = stage.simulator;
  const dead = `http://127.0.0.1:${await stage.ports.next()}`;
  const projects = [
    { name: 'alive', spaceUrl: url, projectId, apiToken },
    { name: 'dead', spaceUrl: dead, projectId: '00000000-0000-4000-8000-000000000002', apiToken },
  ];
  // This folder is removed with the Redis server.
  const file = join(stage.redis.dataFolder, 'projects.json');
  await writeFile(file, JSON.stringify({ projects }));
  for (const name of ['SPACE_URL', 'PROJECT_ID', 'API_TOKEN']) delete stage.variables[`SIGNALWIRE_${name}`];
  stage.variables['SIGNALWIRE_PROJECTS_FILE'] = file;
}
