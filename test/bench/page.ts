import { machineText } from '../drills/report.js';
import type { Machine } from '../drills/report.js';
import { markdownTable } from '../support/markdown-table.js';
import type { Breakdown } from './breakdown.js';
import { isMeasured, verdictOn } from './comparison.js';
import type { Goal, Outcome } from './comparison.js';
import type { Places } from './cores.js';

export const BENCH_COMMAND = 'npm run bench';

export interface Conditions {
  /** The day, as ISO 8601 writes it. */
  readonly on: string;
  readonly machine: Machine;
  /** Processes that were running or ready to run before the bench, on average of a minute. */
  readonly load: number;
  /** Null where no process was kept to a core. */
  readonly places: KeptPlaces | null;
  readonly rounds: number;
}

/** A Redis that could not be kept to its core has none. */
export type KeptPlaces = Omit<Places, 'redis'> & { readonly redis: number | null };

export interface Explanation {
  readonly breakdowns: readonly Breakdown[];
  /** Why some are missing, where looking failed. */
  readonly notExplained?: string;
}

/** What became of one row of the bench. */
export interface RowResult extends Explanation {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly isInBrief: boolean;
  readonly tookMs: number;
  readonly outcomes: readonly Outcome[];
}

const HEAD = ['what', 'quantity', 'ours', "ceiling's", 'ceiling', 'ours : ceiling (range)', 'goal', 'held'];
const RIGHT_COLUMNS: ReadonlySet<number> = new Set([2, 3, 5]);

export const outcomeTable = (outcomes: readonly Outcome[]): string =>
  markdownTable([HEAD, ...outcomes.map(cellsOf)], (column) => (RIGHT_COLUMNS.has(column) ? 'right' : 'left'));

function cellsOf(outcome: Outcome): string[] {
  const { what, ceiling } = outcome;
  if (!isMeasured(outcome))
    return [what, `not measured: ${oneLine(outcome.reason)}`, '–', '–', ceiling, '–', '–', '–'];
  const { ours, theirs, pairs, held } = verdictOn(outcome);
  const { median, min, max } = pairs;
  const compared = isDifference(outcome.goal)
    ? `${signed(median)} (${signed(min)} to ${signed(max)}) ms`
    : `${ratio(median)} (${ratio(min)}–${ratio(max)})`;
  return [
    what,
    outcome.quantity,
    figure(ours),
    figure(theirs),
    ceiling,
    compared,
    goalText(outcome.goal),
    heldText(held),
  ];
}

const oneLine = (text: string): string => text.replaceAll(/\s*[\n|]\s*/g, ' ');

const isDifference = (goal: Goal | undefined): boolean => goal !== undefined && 'atMostMore' in goal;

function goalText(goal: Goal | undefined): string {
  if (goal === undefined) return '–';
  if ('atLeast' in goal) return `≥ ${goal.atLeast}`;
  return 'atMost' in goal ? `≤ ${goal.atMost}` : `≤ +${goal.atMostMore} ms`;
}

function heldText(held: boolean | null): string {
  if (held === null) return '–';
  return held ? 'yes' : '**no**';
}

/** Three digits are more than two runs agree on. */
function figure(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

const ratio = (value: number): string => value.toFixed(2);

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;

/** The page `docs/benchmarks.md`. */
export function benchPage(rows: readonly RowResult[], conditions: Conditions): string {
  const minutes = Math.ceil(rows.reduce((sum, { tookMs }) => sum + tookMs, 0) / 60_000);
  return `# Benchmarks

Written by \`${BENCH_COMMAND}\`, which repeats it all on another machine in about ${minutes} minutes; \`-- --only ${rows[0]?.name ?? ''}\` measures
one row, \`-- --quick\` less thoroughly. The values of each round stand in [benchmarks.json](benchmarks.json).

${conditionsText(conditions)}

Each row is measured side by side with what bounds it: ${conditions.rounds} rounds in which ours and the ceiling take turns, in every other round
the ceiling first. Rates and times count from when all is warm, save those of a start. Shown are the medians of the rounds, and
the median and range of what the pairs compare to. A goal that is not met is named so.

Where a ceiling did not fill its core, what bounded it was not the ceiling itself but what it works with: the load generator,
the stub or Redis. It could do more than is shown, and ours compares the better for it. Where ours did not fill its core, ours
was held up likewise.

The service runs as its image does, as one bundled file, but for two settings, \`NODE_ENV=production\` and
\`--enable-source-maps\`; its log goes to \`/dev/null\`.

${rows.map(sectionOf).join('\n\n')}
`;
}

const sectionOf = ({ title, about, outcomes, ...explanation }: RowResult): string =>
  [`## ${title}`, about, outcomeTable(outcomes), ...explanationTexts(explanation)].join('\n\n');

export const explanationTexts = ({ breakdowns, notExplained }: Explanation): string[] => [
  ...breakdowns.map(breakdownText),
  ...(notExplained === undefined
    ? []
    : [`What it is that ours takes more was not looked at: ${oneLine(notExplained)}`]),
];

function breakdownText({ about, unit, parts }: Breakdown): string {
  const rows = parts.map(({ part, ours, theirs }) => [part, share(ours), share(theirs)]);
  const head = ['part', `ours, ${unit}`, `ceiling's, ${unit}`];
  return `${about}\n\n${markdownTable([head, ...rows], (column) => (column === 0 ? 'left' : 'right'))}`;
}

const share = (value: number): string => (value < 0.05 ? '–' : value.toFixed(1));

export function conditionsText({
  on,
  machine,
  load,
  places,
}: Pick<Conditions, 'on' | 'machine' | 'load' | 'places'>): string {
  return `Measured on ${on}: ${machineText(machine)}; load average ${load.toFixed(1)}
before the start; ${places === null ? 'no process was kept to a core' : placesText(places)}.`;
}

function placesText({ service, load, stub, redis }: KeptPlaces): string {
  const ofRedis = redis === null ? 'Redis to none' : `Redis to core ${redis}`;
  return `what is measured is kept to core ${service}, the load generator to core ${load}, the stub to core ${stub} and ${ofRedis}`;
}

/** What the README shows: what has a goal, and of rows in brief what has missed it. */
export function readmeSection(rows: readonly RowResult[], conditions: Conditions): string {
  const shown = rows.flatMap((row) =>
    aimedAt(row).filter((outcome) => !(row.isInBrief && hasMetGoal(outcome))),
  );
  const brief = rows.filter(({ isInBrief }) => isInBrief).map(briefText);
  return [
    `${conditionsText(conditions)}
Each row is measured beside what bounds it, by \`${BENCH_COMMAND}\`; [how, and all of the values](docs/benchmarks.md).`,
    outcomeTable(shown),
    ...brief,
  ].join('\n\n');
}

const aimedAt = ({ outcomes }: RowResult): Outcome[] =>
  outcomes.filter((outcome) => !isMeasured(outcome) || outcome.goal !== undefined);

const hasMetGoal = (outcome: Outcome): boolean => isMeasured(outcome) && verdictOn(outcome).held === true;

function briefText(row: RowResult): string {
  const aims = aimedAt(row);
  return `${row.title}: ${aims.filter(hasMetGoal).length} of ${aims.length} goals are met; the table shows the others alone.`;
}
