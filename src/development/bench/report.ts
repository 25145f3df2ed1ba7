import { availableParallelism, cpus } from 'node:os';
import { markdownTable } from '../markdown-table.js';
import type { Sample } from './sample.js';
import { STATISTICS, statisticsOf } from './statistics.js';
import type { Statistics } from './statistics.js';

/** The goal for the time from acceptance to the fetch of the stop document, at the 99th percentile. */
const GOAL_MS = 50;

export interface BenchRun {
  readonly redisVersion: string;
  /** Processes that were running or ready to run before the bench, on average of a minute. */
  readonly load: number;
  readonly warmUp: number;
  readonly rounds: number;
  readonly service: readonly Sample[];
  readonly ceiling: readonly Sample[];
}

export interface BenchResult {
  readonly measuredOn: string;
  readonly machine: { cpu: string; cores: number; load: number; node: string; redis: string };
  readonly samples: number;
  readonly warmUp: number;
  readonly rounds: number;
  readonly goal: { fetchedP99Ms: number; met: boolean };
  /** From acceptance, in ms. */
  readonly service: Readonly<Record<keyof Sample, Statistics>>;
  readonly ceiling: Readonly<Record<keyof Sample, Statistics>>;
  readonly ratio: { fetched: Statistics; succeeded: Statistics };
}

export function resultOf({ redisVersion, load, warmUp, rounds, service, ceiling }: BenchRun): BenchResult {
  const [ours, bare] = [byStep(service), byStep(ceiling)];
  return {
    measuredOn: new Date().toISOString().slice(0, 10),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      load,
      node: process.version,
      redis: redisVersion,
    },
    samples: service.length,
    warmUp,
    rounds,
    goal: { fetchedP99Ms: GOAL_MS, met: ours.fetched.p99 < GOAL_MS },
    service: ours,
    ceiling: bare,
    ratio: {
      fetched: ratio(ours.fetched, bare.fetched),
      succeeded: ratio(ours.succeeded, bare.succeeded),
    },
  };
}

/** The page `docs/benchmarks.md`. */
export function pageOf(result: BenchResult): string {
  const { machine, samples, warmUp, rounds, service, ceiling, goal } = result;
  return `# Benchmarks

Written by \`npm run bench\`, which repeats it all on another machine in less than two minutes.

Measured on ${result.measuredOn}: ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, Redis ${machine.redis}; load average
${machine.load.toFixed(1)} before the start.

## From acceptance to the stop

One cancellation at a time, ${samples} of each kind in ${rounds} alternating rounds after ${warmUp} to warm up. Redis, service, simulator
and driver are processes of their own on one machine, and the simulator fetches the document as soon as it has accepted
the update: the network and SignalWire's own time come on top. The clocks read whole milliseconds.

The ceiling is the least that does the same work with the same libraries: \`queue.add\`, a bare BullMQ worker, a POST by
undici to the same simulator, a document from \`node:http\`; no API, signature, record or log.

${resultTable(result)}

The goal, a 99th percentile below ${goal.fetchedP99Ms} ms from acceptance to the fetch of the document, is ${goal.met ? 'met' : 'missed'}.

## Where the time goes

Milliseconds from acceptance until each step, mean and 99th percentile.

${table([
  ['', 'service mean', 'service p99', 'ceiling mean', 'ceiling p99'],
  ...STEPS.map(([step, name]) => [
    name,
    ...[service[step].mean, service[step].p99, ceiling[step].mean, ceiling[step].p99].map(decimal),
  ]),
])}
`;
}

/** Milliseconds of both, and the service's as a multiple of the ceiling's. */
export function resultTable({ service, ceiling, ratio }: BenchResult): string {
  return table([
    ['ms from acceptance', ...STATISTICS],
    row('document fetched, service', service.fetched),
    row('document fetched, ceiling', ceiling.fetched),
    row('ratio', ratio.fetched),
    row('succeeded, service', service.succeeded),
    row('succeeded, ceiling', ceiling.succeeded),
    row('ratio', ratio.succeeded),
  ]);
}

const STEPS: readonly [keyof Sample, string][] = [
  ['sent', 'the worker sends Update a Call'],
  ['answered', 'it has read the 2xx'],
  ['fetched', 'the document is fetched'],
  ['succeeded', 'the job is finished'],
];

const decimal = (value: number): string => value.toFixed(1);

function byStep(samples: readonly Sample[]): Record<keyof Sample, Statistics> {
  const of = (step: keyof Sample): Statistics => statisticsOf(samples.map((sample) => sample[step]));
  return { sent: of('sent'), answered: of('answered'), fetched: of('fetched'), succeeded: of('succeeded') };
}

function ratio(ours: Statistics, bare: Statistics): Statistics {
  const entries = STATISTICS.map((key) => [key, Math.round((ours[key] / bare[key]) * 10) / 10]);
  return Object.fromEntries(entries) as Record<keyof Statistics, number>;
}

const table = (rows: readonly (readonly string[])[]): string =>
  markdownTable(rows, (column) => (column === 0 ? 'left' : 'right'));

const row = (name: string, statistics: Statistics): string[] => [
  name,
  ...STATISTICS.map((key) => decimal(statistics[key])),
];
