import { machineText } from '../../drills/report.js';
import type { Machine } from '../../drills/report.js';
import { markdownTable } from '../../support/markdown-table.js';
import { WORKERS_MARK } from '../capacity/workers-page.js';
import type { Places } from '../cores.js';
import { LISTS_MARK } from '../lists/page.js';
import type { Breakdown } from './breakdown.js';
import { isMeasured, missesGoal, verdictOn } from './comparison.js';
import type { Goal, Outcome } from './comparison.js';
import { figure } from './figure.js';
import { median } from './statistics.js';

export const BENCH_COMMAND = 'npm run bench';

export interface Conditions {
  /** The date in ISO 8601. */
  readonly on: string;
  readonly machine: Machine;
  /** The machine's load average over one minute before the start. */
  readonly load: number;
  /** Null if no process was pinned to a core. */
  readonly places: Places | null;
  readonly rounds: number;
}

/** The results of one row. */
export interface RowResult {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly tookMs: number;
  readonly outcomes: readonly Outcome[];
  readonly breakdowns: readonly Breakdown[];
  /** Why the breakdown of a missed goal is absent, if taking it failed. */
  readonly notExplained?: string;
}

const HEAD = [
  'what',
  'quantity',
  'ours',
  'other',
  'compared with',
  'ours : other (range)',
  'goal',
  'met',
  'ceiling',
];
const RIGHT_COLUMNS: ReadonlySet<number> = new Set([2, 3, 5]);

export const outcomeTable = (outcomes: readonly Outcome[]): string =>
  markdownTable([HEAD, ...outcomes.map(cellsOf)], (column) => (RIGHT_COLUMNS.has(column) ? 'right' : 'left'));

function cellsOf(outcome: Outcome): string[] {
  if (!isMeasured(outcome)) {
    const reason = `not measured: ${oneLine(outcome.reason)}`;
    return [outcome.what, reason, ...Array.from({ length: HEAD.length - 2 }, () => '–')];
  }
  const { what, quantity, comparedWith, goal, ceiling } = outcome;
  const { ours, theirs, pairs, isMet } = verdictOn(outcome);
  return [
    what,
    quantity,
    figure(ours),
    figure(theirs),
    comparedWith,
    isDifference(goal)
      ? `${signed(pairs.median)} (${signed(pairs.min)} to ${signed(pairs.max)}) ms`
      : `${pairs.median.toFixed(2)} (${pairs.min.toFixed(2)}–${pairs.max.toFixed(2)})`,
    goalText(goal),
    metText(isMet),
    ceiling === undefined ? '–' : `${figure(median(ceiling.values))} (${ceiling.name})`,
  ];
}

const oneLine = (text: string): string => text.replaceAll(/\s*[\n|]\s*/g, ' ');

const isDifference = (goal: Goal | undefined): boolean => goal !== undefined && 'atMostMoreMs' in goal;

function goalText(goal: Goal | undefined): string {
  if (goal === undefined) return '–';
  if ('atLeast' in goal) return `≥ ${goal.atLeast}`;
  return 'atMost' in goal ? `≤ ${goal.atMost}` : `≤ +${goal.atMostMoreMs} ms`;
}

function metText(isMet: boolean | null): string {
  if (isMet === null) return '–';
  return isMet ? 'yes' : '**no**';
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;

/** Sections that are measured apart from the rows. */
export interface KeptSections {
  readonly lists: string;
  readonly workers: string;
}

/** The page `docs/benchmarks.md`. */
export function benchPage(
  rows: readonly RowResult[],
  conditions: Conditions,
  { lists, workers }: KeptSections,
): string {
  const minutes = Math.ceil(rows.reduce((total, { tookMs }) => total + tookMs, 0) / 60_000);
  return `# Benchmarks

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="benchmarks-dark.svg">
  <img alt="streamstop and the plain build side by side; the tables below have the same values" src="benchmarks-light.svg">
</picture>

\`${BENCH_COMMAND}\` writes this page and takes about ${minutes} minutes. \`-- --only ${rows[0]?.name ?? ''}\` measures one row; \`-- --quick\` is faster and
less exact; neither writes anything. [benchmarks.json](benchmarks.json) has the values of each round.

${conditionsText(conditions)}

**The plain build** is what a NestJS developer would write in an hour: NestJS on Fastify with a \`ValidationPipe\`, a BullMQ queue with
8 attempts and exponential backoff, a processor that sends Update a Call with \`fetch\`, and a controller that builds the document
with SignalWire's SDK. It has no evidence, no idempotency, no ordering of the updates of one call and no authentication. Its
code is in \`test/bench/plain\`. **The ceiling** is the least program that can do the same, shown for orientation.

Each row runs ${conditions.rounds} rounds; the slow last three run 3. Every side is measured once per round, in reverse
order in every other round, and everything is warmed up first, except where starting is what is measured. The tables show the median of the rounds, and the median and range of the
ratios within the rounds. A goal applies to the median ratio.

${goalsText(rows)}

${rows.map(sectionOf).join('\n\n')}

## Lists of a million

<!-- ${LISTS_MARK} -->

${lists}

<!-- /${LISTS_MARK} -->

## Several workers

<!-- ${WORKERS_MARK} -->

${workers}

<!-- /${WORKERS_MARK} -->
`;
}

export function goalsText(rows: readonly RowResult[]): string {
  const aimed = rows
    .flatMap(({ outcomes }) => outcomes)
    .filter((outcome) => isMeasured(outcome) && outcome.goal !== undefined);
  const missed = aimed.filter(missesGoal);
  const names = missed.map(({ what, quantity, goal }) => `- ${what}: ${quantity} (goal ${goalText(goal)})`);
  if (missed.length === 0) return `All ${aimed.length} goals are met.`;
  return `${aimed.length - missed.length} of ${aimed.length} goals are met. Missed:\n\n${names.join('\n')}`;
}

const sectionOf = (row: RowResult): string =>
  [`## ${row.title}`, row.about, outcomeTable(row.outcomes), ...explanationTexts(row)].join('\n\n');

export const explanationTexts = ({
  breakdowns,
  notExplained,
}: Pick<RowResult, 'breakdowns' | 'notExplained'>): string[] => [
  ...breakdowns.map(breakdownText),
  ...(notExplained === undefined ? [] : [`The missed goal was not explained: ${oneLine(notExplained)}`]),
];

function breakdownText({ of, parts }: Breakdown): string {
  const rows = parts.map(({ part, ours, theirs }) => [part, microseconds(ours), microseconds(theirs)]);
  const table = markdownTable([['part', 'ours, µs', 'plain build, µs'], ...rows], (column) =>
    column === 0 ? 'left' : 'right',
  );
  return `Processor time of ${of}, by part. A CPU profile of each side (\`node --cpu-prof\`) gives the shares; time spent in Node.js
itself counts for the part that called it.\n\n${table}`;
}

const microseconds = (value: number): string => (value < 0.05 ? '–' : value.toFixed(1));

export function conditionsText({ on, machine, load, places }: Omit<Conditions, 'rounds'>): string {
  return `Measured on ${on}: ${machineText(machine)}; load average before the start: ${load.toFixed(1)}.
${places === null ? 'No process was pinned to a core' : placesText(places)}.`;
}

const placesText = ({ service, load, stub, redis }: Places): string =>
  `The program being measured ran on core ${service}, the load generator on core ${load}, the stub on core ${stub} and Redis on core ${redis}`;
