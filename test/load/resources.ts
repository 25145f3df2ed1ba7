import { slopeOf } from '../bench/statistics.js';
import { markdownTable } from '../support/markdown-table.js';
import { isSampledIdle, restingSamples } from './idle-minutes.js';
import type { Sample } from './samples.js';

/** Rows of the table, besides those of idle minutes. */
const MOST_SHOWN = 30;

/** What the process takes on until then is its warming up. */
const WARM_AFTER_S = 600;

/** Through fewer points there is always a line that looks like one. */
const FEWEST_FOR_SLOPE = 3;

/** What a column shows, and with how many digits after the point. */
const COLUMNS = [
  ['processor, % of a core', 'cpuPercent', 0],
  ['resident, MB', 'residentMb', 1],
  ['open files', 'openFiles', 0],
  ['Redis, MB', 'redisMb', 1],
] as const;

type Used = (typeof COLUMNS)[number][1];

/** Of many samples every so manyth. */
export const resourcesTable = (samples: readonly Sample[]): string =>
  tableOf(thinned(samples).map((sample) => rowOf(sample)));

/** Of the samples at work every so manyth, the last of each idle minute, and the slope of these. */
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
    'slope of the idle, an hour',
    ...COLUMNS.map(([, used, digits]) =>
      warm.length < FEWEST_FOR_SLOPE ? '–' : slope(used).toFixed(digits),
    ),
  ];
}
