import type { Machine } from '../drills/report.js';
import { percentile, slopeOf } from '../bench/statistics.js';
import { markdownTable } from '../markdown-table.js';
import type { Books } from './books.js';
import { FAULT_KINDS } from './faults.js';
import type { FaultKind } from './faults.js';
import type { LoadOptions } from './options.js';
import type { Sample } from './samples.js';

/** Rows of the table of samples. */
const MOST_SHOWN = 30;

export interface LoadRun {
  /** The day, as ISO 8601 writes it. */
  readonly on: string;
  readonly machine: Machine;
  readonly options: LoadOptions;
  /** Asked for in all. */
  readonly asked: number;
  readonly books: Books;
  readonly samples: readonly Sample[];
}

const table = (rows: readonly (readonly string[])[]): string =>
  markdownTable(rows, (column) => (column === 0 ? 'left' : 'right'));

/** The section of `docs/load.md`. */
export function loadSection(run: LoadRun): string {
  const { on, machine, options, asked, books, samples } = run;
  const { cpu, cores, memoryGb, system, node, redis } = machine;
  const command = `npm run bench:load${options.soak ? ' -- --soak' : ''}`;
  return `Written by \`${command}\` on ${on}: ${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}, Redis ${redis}.

${options.rate} cancellations a second for ${options.minutes} minutes${options.soak ? ', of which each tenth is idle' : ''}: ${asked} asked for, ${books.accepted} accepted,
${books.ends.succeeded} succeeded, ${books.ends.failed} failed, ${books.ends.expired} expired, **${books.lost} lost**.

${timesTable(books)}

What the service (all roles, one process) and Redis use; Redis keeps what is finished for \`RETENTION_HOURS\`, so its memory
grows with it.

${resourcesTable(samples)}`;
}

/** From acceptance until the stop document was fetched. */
export function timesTable({ timesToStop }: Books): string {
  const timesOf = (kind: FaultKind): readonly number[] => timesToStop.get(kind) ?? [];
  return table([
    ["its first update's fault", 'stopped', 'p50, ms', 'p99, ms', 'p99.9, ms'],
    ...FAULT_KINDS.map((kind) => timesRow(kind, timesOf(kind))),
    timesRow('all', FAULT_KINDS.flatMap(timesOf)),
  ]);
}

const timesRow = (name: string, times: readonly number[]): string[] => [
  name,
  String(times.length),
  ...[0.5, 0.99, 0.999].map((share) => (times.length === 0 ? '–' : percentile(times, share).toFixed(0))),
];

type Used = Omit<Sample, 'at'>;

/** The samples, of many every so manyth, and the slope of them all. */
export function resourcesTable(samples: readonly Sample[]): string {
  const step = Math.ceil(samples.length / MOST_SHOWN);
  const shown = samples.filter((_, index) => index % step === 0);
  const slope = (of: keyof Used): number => slopeOf(samples.map((sample) => [sample.at / 3600, sample[of]]));
  const slopes = {
    cpuPercent: slope('cpuPercent'),
    residentMb: slope('residentMb'),
    openFiles: slope('openFiles'),
    redisMb: slope('redisMb'),
  };
  return table([
    ['after', 'processor, % of a core', 'resident, MB', 'open files', 'Redis, MB'],
    ...shown.map((sample) => [`${sample.at.toFixed(0)} s`, ...usedCells(sample)]),
    ['slope, an hour', ...usedCells(slopes)],
  ]);
}

const usedCells = ({ cpuPercent, residentMb, openFiles, redisMb }: Used): string[] => [
  cpuPercent.toFixed(0),
  residentMb.toFixed(1),
  openFiles.toFixed(0),
  redisMb.toFixed(1),
];
