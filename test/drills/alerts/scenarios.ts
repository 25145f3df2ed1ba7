import type { Fault } from '../../../src/simulator/faults/fault.js';
import type { Cast } from './cast.js';

/** A fault, and the alerts that must tell of it, and no others. */
export interface AlertDrill {
  readonly name: string;
  readonly fault: string;
  /** With their projects, if they are about one. */
  readonly fires: readonly string[];
  /** How soon, with the rules' times scaled down. */
  readonly withinMs: number;
  strike(cast: Cast): Promise<unknown>;
  heal(cast: Cast): Promise<unknown>;
}

const onEverything = (fault: Fault): Fault[] => [
  { ...fault, times: 'always' },
  { ...fault, on: 'read', times: 'always' },
];

/** What a process with the API waits for before it says that there is no worker, and some time to notice. */
const WORKER_MISSING_MS = 60_000;
const SOON_MS = 45_000;

export const ALERT_DRILLS: readonly AlertDrill[] = [
  {
    name: 'signalwire-down',
    fault: 'connections to SignalWire are refused',
    fires: ['StreamstopProjectUnavailable default'],
    withinMs: SOON_MS,
    strike: ({ signalWire }) => signalWire.refuse(),
    heal: ({ signalWire }) => signalWire.open(),
  },
  {
    name: 'no-worker',
    fault: '`kill -9` of the only worker',
    fires: ['StreamstopWorkerMissing'],
    withinMs: WORKER_MISSING_MS,
    strike: ({ worker }) => worker.kill(),
    heal: ({ worker, stage }) => worker.start(stage.signal),
  },
  {
    name: 'wedged-worker',
    fault: 'the only worker is frozen (`SIGSTOP`)',
    fires: ['StreamstopWorkerMissing'],
    withinMs: WORKER_MISSING_MS,
    strike: async ({ worker }) => process.kill(worker.pid ?? 0, 'SIGSTOP'),
    heal: async ({ worker }) => process.kill(worker.pid ?? 0, 'SIGCONT'),
  },
  {
    name: 'redis-stopped',
    fault: '`kill -9` of Redis',
    fires: ['StreamstopRedisUnreachable'],
    withinMs: SOON_MS,
    strike: ({ stage }) => stage.redis.kill(),
    heal: ({ stage }) => stage.redis.start(),
  },
  {
    name: 'public-url-unreachable',
    fault: 'connections to PUBLIC_URL are refused',
    fires: ['StreamstopDocumentsNotFetched billing', 'StreamstopDocumentsNotFetched default'],
    withinMs: SOON_MS,
    strike: ({ publicUrl }) => publicUrl.refuse(),
    heal: ({ publicUrl }) => publicUrl.open(),
  },
  {
    name: 'wrong-credentials',
    fault: 'SignalWire refuses the credentials of a project',
    fires: ['StreamstopProjectUnauthorized default'],
    withinMs: SOON_MS,
    strike: async (cast) => {
      cast.faults.default = onEverything({ status: 401, code: 20_003 });
    },
    heal: async (cast) => {
      cast.faults.default = [];
    },
  },
  {
    name: 'one-project-throttled',
    fault: 'SignalWire answers 429 for one of two projects',
    fires: ['StreamstopProjectThrottled billing'],
    withinMs: SOON_MS,
    strike: async (cast) => {
      cast.faults.billing = onEverything({ status: 429, headers: { 'retry-after': '2' } });
    },
    heal: async (cast) => {
      cast.faults.billing = [];
    },
  },
];
