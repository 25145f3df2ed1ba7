import type { Program } from '../../../src/demo/program.js';
import type { Node } from '../../support/topologies/node.js';
import type { Drill, Struck } from '../drill.js';
import { openJobs } from '../settlement.js';
import type { Stage, Variables } from '../stage.js';
import { Asking } from './asking.js';
import { allReplicated, forgetUnreplicated } from './replicated.js';

/** How soon after the promotion of the new master a new cancellation must have been accepted, sent and proven. */
const RECOVERS_WITHIN_MS = 5000;

const IN_FLIGHT = 1000;
const DEADLINE_MS = 240_000;
/** From then on, SignalWire answers one POST after the other, which is later than most failovers. */
const HELD_MS = 12_000;
const LONG_ENOUGH_MS = 30_000;
/** How long the service may not know of the new master, and still ask the old one. */
const UNKNOWN_FOR_MS = 3000;
/** How long new cancellations go on once the old master is back. */
const AFTERWARDS_MS = 3000;

/** A Redis whose master can be replaced. */
export interface Setting {
  readonly variables: Variables;
  /** The master of the queue in the beginning. */
  readonly master: Node;
  /** Those that may take over from it. */
  readonly replicas: readonly Node[];
  /** The fault. */
  strike(): Promise<unknown>;
  /** Resolves once another node is the master of the queue. */
  newMaster(): Promise<Node>;
  /** Brings back the old master. */
  heal(): Promise<unknown>;
  close(): Promise<void>;
}

/** Replaces the master while 1,000 POSTs are under way and 20 new cancellations come per second. */
export function failoverDrill(name: string, fault: string, open: () => Promise<Setting>): Drill {
  let setting: Setting;
  return {
    name,
    fault,
    limitMs: 180_000,
    settlesWithinMs: 60_000,
    topology: async (program: Program) => {
      setting = await program.start(open, (opened) => opened.close());
      return { variables: setting.variables, first: setting.master.server };
    },
    strike: (stage) => failover(stage, setting),
  };
}

async function failover(stage: Stage, setting: Setting): Promise<Struck> {
  stage.variables['REQUEST_TIMEOUT_MS'] = '30000';
  const processes = await stage.startAll({ WORKER_CONCURRENCY: String(IN_FLIGHT + 200) });
  await putInFlight(stage);
  const asking = Asking.start(stage);
  const replicated = await allReplicated(stage, setting);

  const from = Date.now();
  await setting.strike();
  const { server } = await setting.newMaster();
  const promotedAt = Date.now();
  stage.redis = server;
  const isBack = await asking.firstProven(promotedAt, LONG_ENOUGH_MS);
  stage.interrupted(from);
  await setting.heal();
  await stage.wait(AFTERWARDS_MS);
  await asking.stop();
  await stage.until('all are finished', 90_000, async () => (await openJobs(stage)) === 0);

  const atRisk = asking.acceptedBefore(promotedAt + UNKNOWN_FOR_MS);
  const forgotten = await forgetUnreplicated(stage, replicated, atRisk);
  for (const [role, { url }] of Object.entries(processes))
    stage.expect(await isReady(url), `the process with the role ${role} is not ready`);
  stage.expect(asking.unanswered === 0, `${asking.unanswered} requests were not answered within 5 s`);
  const recoveryMs = isBack - promotedAt;
  stage.expect(
    recoveryMs <= RECOVERS_WITHIN_MS,
    `a new cancellation was proven ${(recoveryMs / 1000).toFixed(1)} s after the promotion`,
  );
  return { recoveryMs, note: noteOf(stage, promotedAt - from, forgotten) };
}

/** Resolves once all POSTs are under way. */
async function putInFlight(stage: Stage): Promise<void> {
  const sids = stage.calls(IN_FLIGHT, (number) => [{ latencyMs: HELD_MS + 3 * number }]);
  await stage.provenDelivery();
  await stage.caller.insistOnAll(sids.map((callSid) => ({ callSid, deadlineMs: DEADLINE_MS })));
  await stage.until('all POSTs are under way', 20_000, () =>
    stage.callViews(sids).every(({ updates }) => updates.length > 0),
  );
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

function noteOf(stage: Stage, takeoverMs: number, forgotten: number): string {
  const repeated = stage.callViews().reduce((sum, { updates }) => sum + Math.max(0, updates.length - 1), 0);
  return [
    `another master after ${(takeoverMs / 1000).toFixed(1)} s`,
    `${repeated} POSTs repeated`,
    `${forgotten} lost that were acknowledged, but on no replica`,
  ].join(', ');
}
