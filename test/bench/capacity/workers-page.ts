import { markdownTable } from '../../support/markdown-table.js';
import { figure } from '../results/figure.js';
import { median } from '../results/statistics.js';
import type { WorkersRound, WorkersRounds } from './workers.js';

/** The place of the section in the page, see `withSection`. */
export const WORKERS_MARK = 'workers';

/** From this share of all cores on, a further process takes its time from the others. */
const ALL_BUSY_SHARE = 0.85;

/** The load generator and the system take less. */
const OTHERS_CORES = 0.3;

const HEAD = [
  'workers',
  'cancellations/s',
  'one worker = 1',
  'worker, µs',
  'documents, µs',
  'Redis, µs',
  'Redis commands',
  'POSTs by each worker, %',
  'first project, %',
  'own cores',
  'busy cores',
];

export interface WorkersResult {
  readonly rounds: WorkersRounds;
  /** Of the machine. */
  readonly cores: number;
  readonly minutes: number;
}

export function workersSection({ rounds, cores, minutes }: WorkersResult, conditions: string): string {
  const one = medianOf(rounds['1'], ({ perSecond }) => perSecond);
  const rows = Object.entries(rounds).map(([workers, measured]) => rowOf(workers, measured, one));
  return `One, two and four processes with the role \`worker\` work off a backlog of two projects: three cancellations of the first, one of the second, in
turn. There is one process each with the roles \`api\` and \`documents\`, one Redis (\`appendonly yes\`), and one stub in SignalWire's place that accepts
every update at once and fetches its document. The workers start on a paused queue and begin together; each is warm before the measurement. The table shows the
medians of the rounds: processor time and Redis commands are per cancellation, and a range goes from the least to the greatest share of POSTs that
a worker had in any round. "Own cores" is how many cores these processes kept busy on average, "busy cores" how many were busy with anything.
\`npm run bench -- --capacity\` measures and writes this, and [what a cancellation costs](operations.md#capacity), in about
${minutes} minutes; it is not part of the rest.

${conditions}

${markdownTable([HEAD, ...rows], () => 'right')}

${limitText(rounds, cores)}`;
}

function rowOf(workers: string, rounds: readonly WorkersRound[], one: number): string[] {
  const of = (value: (round: WorkersRound) => number): number => medianOf(rounds, value);
  const perSecond = of((round) => round.perSecond);
  const shares = rounds.flatMap(({ postShares }) => postShares).map((share) => Math.round(share * 100));
  const [least, greatest] = [Math.min(...shares), Math.max(...shares)];
  return [
    workers,
    figure(perSecond),
    (perSecond / one).toFixed(2),
    figure(of(({ costs }) => costs.cpuUs.worker)),
    figure(of(({ costs }) => costs.cpuUs.documents)),
    figure(of(({ costs }) => costs.cpuUs.redis)),
    figure(of(({ costs }) => costs.commands)),
    least === greatest ? String(least) : `${least}–${greatest}`,
    (of(({ firstProjectShare }) => firstProjectShare) * 100).toFixed(0),
    of(({ ownCores }) => ownCores).toFixed(2),
    of(({ busyCores }) => busyCores).toFixed(2),
  ];
}

const medianOf = (rounds: readonly WorkersRound[], value: (round: WorkersRound) => number): number =>
  median(rounds.map(value));

/** What the rates mean on this machine. */
export function limitText(rounds: WorkersRounds, cores: number): string {
  const all = Object.values(rounds).flat();
  const others = Math.max(...all.map(({ busyCores, ownCores }) => busyCores - ownCores));
  return [
    ...(others > OTHERS_CORES ? [othersText(others)] : []),
    busyFrom(rounds, cores) ??
      `The ${cores} cores of this machine were never all busy, so that one process limited the rates.`,
  ].join('\n\n');
}

const othersText = (cores: number): string =>
  `**Other programs ran meanwhile**, and took up to ${cores.toFixed(1)} cores: on a quiet machine, the rates are higher.`;

function busyFrom(rounds: WorkersRounds, cores: number): string | undefined {
  const busy = Object.entries(rounds).find(
    ([, measured]) => medianOf(measured, ({ busyCores }) => busyCores) >= cores * ALL_BUSY_SHARE,
  );
  if (busy === undefined) return undefined;
  const [workers] = busy;
  return `${workers === '1' ? 'Even with one worker' : `From ${workers} workers on`}, all ${cores} cores of this machine were busy. So **the rates are those of this machine**, and say nothing
about four workers on more cores. What carries over is the processor time per cancellation: if that of Redis and of the workers does not
grow with the number of workers, they do not stand in each other's way, and more cores carry more.`;
}
