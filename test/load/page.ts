import { conditionsText } from '../bench/results/page.js';
import type { Conditions } from '../bench/results/page.js';
import { percentile } from '../bench/results/statistics.js';
import { markdownTable } from '../support/markdown-table.js';
import type { Tally } from './tally.js';
import type { ClosedSeconds } from './closed-seconds.js';
import { FAULT_KINDS, FAULTS_TEXT } from './faults.js';
import type { FaultKind } from './faults.js';
import { commandOf, rateText } from './options.js';
import type { LoadOptions } from './options.js';
import type { Asked } from './pace.js';
import { resourcesTable, soakTable } from './resources.js';
import type { Sample } from './samples.js';

export interface LoadRun {
  readonly conditions: Pick<Conditions, 'on' | 'machine' | 'load' | 'places'>;
  readonly options: LoadOptions;
  readonly asked: Asked;
  readonly tally: Tally;
  readonly samples: readonly Sample[];
  readonly closed: ClosedSeconds;
}

/** The section of `docs/load.md`. */
export function loadSection(run: LoadRun): string {
  const { conditions, options, asked, tally, samples, closed } = run;
  return `Written by \`${commandOf(options)}\`. ${conditionsText(conditions)}

${rateText(options)}${options.soak ? ', every tenth minute idle' : ''}: ${asked.asked} requested (${asked.missed} fewer than due), ${tally.accepted} accepted,
${tally.ends.succeeded} succeeded, ${tally.ends.failed} failed, ${tally.ends.expired} expired, **${tally.lost} lost**.

${faultsText(options, closed)}

Time from acceptance until the document was fetched, by the fault that the first update of the call met:

${timesTable(tally)}

What the service (all roles, one process) and Redis use. Redis keeps finished cancellations for \`RETENTION_HOURS\`, so its memory
grows with them.${options.soak ? ` ${SOAK_TEXT}` : ''}

${options.soak ? soakTable(samples) : resourcesTable(samples)}`;
}

const SOAK_TEXT = `For each idle minute the last sample is shown; the slope is that of a line
through these, without the first ten minutes, in which the process warms up.`;

function faultsText({ seed }: LoadOptions, closed: ClosedSeconds): string {
  const [throttled, unavailable] = [closed.get('throttled') ?? 0, closed.get('unavailable') ?? 0];
  return `${FAULTS_TEXT}. They are random (seed ${seed}),
so that several come close together. The service therefore kept the project from sending, except for probes, for
${throttled.toFixed(0)} s as \`throttled\` and ${unavailable.toFixed(0)} s as \`unavailable\`.`;
}

export function timesTable({ timesToStop }: Tally): string {
  const timesOf = (kind: FaultKind): readonly number[] => timesToStop.get(kind) ?? [];
  return markdownTable(
    [
      ['fault', 'stopped', 'p50, ms', 'p99, ms', 'p99.9, ms'],
      ...FAULT_KINDS.map((kind) => timesRow(kind, timesOf(kind))),
      timesRow('all', FAULT_KINDS.flatMap(timesOf)),
    ],
    (column) => (column === 0 ? 'left' : 'right'),
  );
}

const timesRow = (name: string, times: readonly number[]): string[] => [
  name,
  String(times.length),
  ...[0.5, 0.99, 0.999].map((share) => (times.length === 0 ? '–' : percentile(times, share).toFixed(0))),
];
