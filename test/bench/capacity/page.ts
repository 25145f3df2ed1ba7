import { markdownTable } from '../../support/markdown-table.js';
import { figure } from '../results/figure.js';
import type { Costs } from './costs.js';
import type { Live } from './live.js';
import { planFor } from './plan.js';
import type { Each, Plan } from './plan.js';
import type { Waiting } from './waiting.js';

/** The places of the sections in the page, see `withSection`. */
export const COSTS_MARK = 'capacity';
export const EXAMPLES_MARK = 'capacity-examples';

const MILLION = 1_000_000;
const MEGABYTE = 1_000_000;
const GIGABYTE = 1_000_000_000;

/** Cancellations per second, and `RETENTION_HOURS`. */
const EXAMPLES = [
  [10, 24],
  [1000, 1],
  [10_000, 1],
] as const;

const PARTS = { api: '`api`', worker: '`worker`', documents: '`documents`', redis: 'Redis' } as const;

export interface CapacityResult {
  readonly live: Live;
  readonly waiting: Waiting;
}

export function costsSection({ live, waiting }: CapacityResult, conditions: string): string {
  return `${conditions}

*Live*: requested one by one with an \`Idempotency-Key\`, ${Math.round(live.perSecond)} per second, and stopped at once. *Backlog*: accepted in batches of
1,000, and worked off by one worker, 100 at a time. Processor time is user and system time of the whole process, per cancellation; "per core" is how many
of them fill one core.

${processorTable(live.costs, waiting.costs)}

${trafficTable(live, waiting)}

What is sent to SignalWire is exact; what comes from there is what a stand-in sends, and SignalWire's own answers and requests are longer. TLS
comes on top.

${memoryTable(live, waiting)}

Measured with ${waiting.count.toLocaleString('en')}, and multiplied.`;
}

/** What so many cancellations per second take, calculated from what each of them costs. */
export function examplesSection({ live, waiting }: CapacityResult): string {
  const each = eachOf(live, waiting);
  return examplesTable(EXAMPLES.map(([perSecond, hours]) => planFor(perSecond, hours, each)));
}

const eachOf = ({ costs, keyBytes }: Live, { memory }: Waiting): Each => ({
  cpuUs: costs.cpuUs,
  redisTrafficBytes: costs.toRedisBytes + costs.fromRedisBytes,
  keptBytes: memory.finished + keyBytes,
});

function processorTable(live: Costs, backlog: Costs): string {
  const head = ['processor time', 'live, µs', 'per core', 'backlog, µs', 'per core'];
  const rows = Object.entries(PARTS).map(([part, name]) => {
    const both = [live, backlog].map(({ cpuUs }) => cpuUs[part as keyof typeof PARTS]);
    return [name, ...both.flatMap((us) => [figure(us), `${figure(MILLION / us)}/s`])];
  });
  return table([head, ...rows]);
}

function trafficTable({ costs, traffic }: Live, waiting: Waiting): string {
  const { requests, updates, documents } = traffic;
  return table([
    ['per cancellation', 'live', 'backlog'],
    ['Redis commands, those in scripts included', figure(costs.commands), figure(waiting.costs.commands)],
    ['to Redis, bytes', figure(costs.toRedisBytes), figure(waiting.costs.toRedisBytes)],
    ['from Redis, bytes', figure(costs.fromRedisBytes), figure(waiting.costs.fromRedisBytes)],
    ['`POST /cancellations`, bytes', figure(requests.sentBytes), '–'],
    ['its answer, bytes', figure(requests.receivedBytes), '–'],
    ['to SignalWire: *Update a Call*, bytes', figure(updates.receivedBytes), '–'],
    ['from its stand-in: the answer, bytes', figure(updates.sentBytes), '–'],
    ['from its stand-in: the fetch, bytes', figure(documents.sentBytes), '–'],
    ['to SignalWire: the document, bytes', figure(documents.receivedBytes), '–'],
  ]);
}

function memoryTable({ keyBytes }: Live, { memory }: Waiting): string {
  return table([
    ['Redis memory', 'each, bytes', '1,000,000'],
    memoryRow('waiting', memory.waiting),
    memoryRow('finished, for `RETENTION_HOURS`', memory.finished),
    memoryRow('its `Idempotency-Key`, as long', keyBytes),
    memoryRow('its evidence, until a minute after the deadline', memory.evidence),
  ]);
}

const memoryRow = (name: string, bytes: number): string[] => [
  name,
  figure(bytes),
  `${figure((bytes * MILLION) / MEGABYTE)} MB`,
];

function examplesTable(plans: readonly Plan[]): string {
  const row = (name: string, value: (plan: Plan) => string): string[] => [name, ...plans.map(value)];
  return table([
    row('cancellations per second', ({ perSecond }) => count(perSecond)),
    row('`RETENTION_HOURS`', ({ retentionHours }) => count(retentionHours)),
    row('POSTs in 10 s', ({ perSecond }) => count(perSecond * 10)),
    row("SignalWire's limit, at least", ({ signalWireLimits }) => `${signalWireLimits} ×`),
    row('**deployments**, each with its Redis', ({ deployments }) => count(deployments)),
    row('in each: processes with `api`', ({ processes }) => count(processes.api)),
    row('processes with `worker`', ({ processes }) => count(processes.worker)),
    row('processes with `documents`', ({ processes }) => count(processes.documents)),
    row('`WORKER_CONCURRENCY`', ({ concurrency }) => count(concurrency)),
    row('Redis, share of a core', ({ redisBusy }) => `${(redisBusy * 100).toFixed(0)} %`),
    row('`maxmemory` of Redis, GB', ({ redisMemoryBytes }) => figure(redisMemoryBytes / GIGABYTE)),
    row('to and from Redis, MB/s', ({ redisTrafficBytesPerSecond }) =>
      figure(redisTrafficBytesPerSecond / MEGABYTE),
    ),
  ]);
}

const count = (number: number): string => number.toLocaleString('en');

const table = (rows: readonly (readonly string[])[]): string =>
  markdownTable(rows, (column) => (column === 0 ? 'left' : 'right'));
