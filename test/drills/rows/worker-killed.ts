import type { Fault } from '../../../src/simulator/faults/fault.js';
import type { Drill, Struck } from '../drill.js';
import type { ServiceProcess } from '../service-process.js';
import { activeJobs, openJobs, takenUpAfter } from '../settlement.js';
import type { Stage, Variables } from '../stage.js';

const IN_FLIGHT = 1000;
const TAKEN_UP_WITHIN_MS = 20_000;
/** The provider holds its answer, or its fetch, until the worker is surely dead. */
const HELD_MS = 12_000;
const DEADLINE_MS = 120_000;

const MANY: Variables = { WORKER_CONCURRENCY: String(IN_FLIGHT) };
/** The worker that dies waits for longer than the provider takes. */
const PATIENT: Variables = { ...MANY, REQUEST_TIMEOUT_MS: '30000', CONFIRMATION_TIMEOUT_MS: '30000' };

const everyOther =
  (one: Fault, other: Fault) =>
  (number: number): Fault[] => [number % 2 === 0 ? one : other];

export const workerKilled: readonly Drill[] = [
  {
    name: 'worker-killed-before-its-post',
    fault: 'worker `kill -9`, 1,000 in its hands, before their POSTs arrived',
    async strike(stage) {
      const provider = await stage.proxyTo(Number(new URL(stage.simulator.url).port));
      provider.isolate();
      const variables = { ...PATIENT, SIGNALWIRE_SPACE_URL: `http://127.0.0.1:${provider.port}` };
      return killAmid(stage, variables, stage.calls(IN_FLIGHT), async () => true);
    },
  },
  {
    name: 'worker-killed-during-its-post',
    fault: 'worker `kill -9`, 1,000 POSTs unanswered; the provider then applies one half and drops the other',
    async strike(stage) {
      const faultsOf = everyOther({ latencyMs: HELD_MS }, { latencyMs: HELD_MS, drop: 'before' });
      const sids = stage.calls(IN_FLIGHT, faultsOf);
      return killAmid(stage, PATIENT, sids, () =>
        stage.book(sids).every(({ updates }) => updates.length > 0),
      );
    },
  },
  {
    name: 'worker-killed-after-its-post',
    fault: 'worker `kill -9`, 1,000 POSTs answered 200, before the fetch; one half is never fetched',
    async strike(stage) {
      const sids = stage.calls(IN_FLIGHT, everyOther({ fetch: { delayMs: HELD_MS } }, { fetch: 'none' }));
      return killAmid(stage, PATIENT, sids, () =>
        stage.book(sids).every(({ updates }) => updates[0]?.status === 200),
      );
    },
  },
];

/** One worker takes all and is killed once `isTime`; another one is there. */
async function killAmid(
  stage: Stage,
  variables: Variables,
  sids: readonly string[],
  isTime: () => boolean | Promise<boolean>,
): Promise<Struck> {
  const { worker } = await stage.startAll(variables);
  const ids = await stage.caller.insistOnAll(sids.map((callSid) => ({ callSid, deadlineMs: DEADLINE_MS })));
  await stage.until('one worker has all jobs', 15_000, async () => (await activeJobs(stage)) >= IN_FLIGHT);
  await stage.start('worker', MANY);
  await stage.until('the POSTs are where they should be', 15_000, isTime);
  return { recoveryMs: await recoveryFrom(await kill(stage, worker), stage, ids) };
}

async function kill(stage: Stage, worker: ServiceProcess): Promise<number> {
  await worker.kill();
  stage.interrupted();
  return Date.now();
}

async function recoveryFrom(killedAt: number, stage: Stage, ids: readonly string[]): Promise<number> {
  await stage.until('all came to an end', 50_000, async () => (await openJobs(stage)) === 0);
  const recoveryMs = takenUpAfter((await stage.caller.find(ids)).values(), killedAt);
  stage.expect(
    recoveryMs <= TAKEN_UP_WITHIN_MS,
    `the last was taken up again after ${(recoveryMs / 1000).toFixed(1)} s`,
  );
  return recoveryMs;
}
