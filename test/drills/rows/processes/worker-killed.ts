import type { Fault } from '../../../../src/simulator/faults/fault.js';
import type { Drill, Struck } from '../../drill.js';
import type { ServiceProcess } from '../../parts/service-process.js';
import { activeJobs, openJobs, resumedAfter } from '../../settlement.js';
import type { Stage, Variables } from '../../stage.js';

const IN_FLIGHT = 1000;
const RESUMED_WITHIN_MS = 20_000;
/** SignalWire holds its answer, or its fetch, until the worker is certainly dead. */
const HELD_MS = 12_000;
const DEADLINE_MS = 120_000;

const MANY: Variables = { WORKER_CONCURRENCY: String(IN_FLIGHT) };
/** The worker to be killed waits for longer than SignalWire takes. */
const PATIENT: Variables = { ...MANY, REQUEST_TIMEOUT_MS: '30000', CONFIRMATION_TIMEOUT_MS: '30000' };

const everyOther =
  (one: Fault, other: Fault) =>
  (number: number): Fault[] => [number % 2 === 0 ? one : other];

export const workerKilled: readonly Drill[] = [
  {
    name: 'worker-killed-before-its-post',
    fault: '`kill -9` of a worker that runs 1,000 jobs, before their POSTs arrive',
    async strike(stage) {
      const provider = await stage.proxyTo(Number(new URL(stage.simulator.url).port));
      provider.isolate();
      const variables = { ...PATIENT, SIGNALWIRE_SPACE_URL: `http://127.0.0.1:${provider.port}` };
      return killAmid(stage, variables, stage.calls(IN_FLIGHT), async () => true);
    },
  },
  {
    name: 'worker-killed-during-its-post',
    fault:
      '`kill -9` of a worker with 1,000 POSTs unanswered; SignalWire then applies half of them and drops the others',
    async strike(stage) {
      const faultsOf = everyOther({ latencyMs: HELD_MS }, { latencyMs: HELD_MS, drop: 'before' });
      const sids = stage.calls(IN_FLIGHT, faultsOf);
      return killAmid(stage, PATIENT, sids, () =>
        stage.callViews(sids).every(({ updates }) => updates.length > 0),
      );
    },
  },
  {
    name: 'worker-killed-after-its-post',
    fault: '`kill -9` of a worker with 1,000 POSTs answered 200, before the fetch; half are never fetched',
    async strike(stage) {
      const sids = stage.calls(IN_FLIGHT, everyOther({ fetch: { delayMs: HELD_MS } }, { fetch: 'none' }));
      return killAmid(stage, PATIENT, sids, () =>
        stage.callViews(sids).every(({ updates }) => updates[0]?.status === 200),
      );
    },
  },
];

/** One worker takes all jobs and is killed once `isTime`; another one then takes over. */
async function killAmid(
  stage: Stage,
  variables: Variables,
  sids: readonly string[],
  isTime: () => boolean | Promise<boolean>,
): Promise<Struck> {
  const { worker } = await stage.startAll(variables);
  await stage.provenDelivery();
  const ids = await stage.caller.insistOnAll(sids.map((callSid) => ({ callSid, deadlineMs: DEADLINE_MS })));
  await stage.until('one worker has all jobs', 15_000, async () => (await activeJobs(stage)) >= IN_FLIGHT);
  await stage.start('worker', MANY);
  await stage.until('the POSTs have got as far as planned', 15_000, isTime);
  return { recoveryMs: await recoveryFrom(await kill(stage, worker), stage, ids) };
}

async function kill(stage: Stage, worker: ServiceProcess): Promise<number> {
  await worker.kill();
  stage.interrupted();
  return Date.now();
}

async function recoveryFrom(killedAt: number, stage: Stage, ids: readonly string[]): Promise<number> {
  await stage.until('all are finished', 50_000, async () => (await openJobs(stage)) === 0);
  const recoveryMs = resumedAfter((await stage.caller.find(ids)).values(), killedAt);
  stage.expect(
    recoveryMs <= RESUMED_WITHIN_MS,
    `the last one was resumed after ${(recoveryMs / 1000).toFixed(1)} s`,
  );
  return recoveryMs;
}
