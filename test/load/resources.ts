import { slopeOf } from '../bench/results/statistics.js';
import { markdownTable } from '../support/markdown-table.js';
import { isSampledIdle, restingSamples } from './idle-minutes.js';
import type { Sample } from './samples.js';

/** Rows of the table, not counting idle minutes. */
const MOST_SHOWN = 30;

/** Until then the process is warming up. */
const WARM_AFTER_S = 600;

/** A line through fewer points means nothing. */
const FEWEST_FOR_SLOPE = 3;

/** Title, value and decimals of each column. */
const COLUMNS = [
  ['processor, % of a core', 'cpuPercent', 0],
  ['resident, MB', 'residentMb', 1],
  ['open files', 'openFiles', 0],
  ['Redis, MB', 'redisMb', 1],
] as const;

type Used = (typeof COLUMNS)[number][1];

/** Shows evenly spaced samples if there are many. */
export const resourcesTable = (samples: readonly Sample[]): string =>
  tableOf(thinned(samples).map((sample) => rowOf(sample)));

/** Shows evenly spaced samples under load, the last one of each idle minute, and the slope of the latter. */
export function soakTable(samples: readonly Sample[]): string {
  const atWork = thinned(samples.filter((sample) => !isSampledIdle(sample)));
  const resting = restingSamples(samples);
  const rows = [
    ...atWork.map((sample) => ({ at: sample.at, row: rowOf(sample) })),
    ...resting.map((sample) => ({ at: sample.at, row: rowOf(sample, ', idle') })),
  ];
  return tableOf([...rows.toSorted((a, b) => a.at - b.at).map(({ row }) => row), slopeRow(resting)]);
}

const thinned = (samples: readonly Sample[]): Sample[] => {
  const step = Math.ceil(samples.length / MOST_SHOWN);
  return samples.filter((_, index) => index % step === 0);
};

const tableOf = (rows: readonly (readonly string[])[]): string =>
  markdownTable([['after', ...COLUMNS.map(([title]) => title)], ...rows], (column) =>
    column === 0 ? 'left' : 'right',
  );

const rowOf = (sample: Sample, remark = ''): string[] => [
  `${sample.at.toFixed(0)} s${remark}`,
  ...COLUMNS.map(([, used, digits]) => sample[used].toFixed(digits)),
];

function slopeRow(resting: readonly Sample[]): string[] {
  const warm = resting.filter(({ at }) => at > WARM_AFTER_S);
  const slope = (used: Used): number => slopeOf(warm.map((sample) => [sample.at / 3600, sample[used]]));
  return [
    'slope of the idle samples, per hour',
    ...COLUMNS.map(([, used, digits]) =>
      warm.length < FEWEST_FOR_SLOPE ? '–' : slope(used).toFixed(digits),
    ),
  ];
}
