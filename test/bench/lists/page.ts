import { markdownTable } from '../../support/markdown-table.js';

/** The place of the section in the page, see `withSection`. */
export const LISTS_MARK = 'lists';

const MOST_MS = 20;
const MOST_TIMES = 1.1;
const MOST_BYTES = 150;

/** In ms. */
export interface Times {
  /** On the page. */
  readonly items: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Answered {
  readonly what: string;
  readonly small: Times;
  readonly large: Times;
}

export interface ListsResult {
  readonly small: number;
  readonly large: number;
  /** The memory of the larger list, per cancellation. */
  readonly bytesEach: number;
  readonly answered: readonly Answered[];
}

const isFast = ({ large }: Answered): boolean => large.p99 <= MOST_MS;
const isFlat = ({ small, large }: Answered): boolean => large.p50 <= small.p50 * MOST_TIMES;

export function listsSection({ small, large, bytesEach, answered }: ListsResult, conditions: string): string {
  const [few, many] = [small, large].map((count) => count.toLocaleString('en'));
  const head = [
    'filter',
    'items',
    `p50, ms: ${few}`,
    many ?? '',
    `p99, ms: ${few}`,
    many ?? '',
    `≤ ${MOST_MS} ms`,
    'within 10 %',
  ];
  const fast = answered.filter(isFast).length;
  const flat = answered.filter(isFlat).length;
  return `\`GET /cancellations\` with each filter, 50 items a page, one request after the other to a process with the role \`api\`: a list of
${many} cancellations beside one of ${few}, on the same Redis. The cancellations were accepted over 10 hours. \`npm run bench -- --lists\`
measures and writes this; it is not part of the rest.

${conditions}

- ${fast} of ${answered.length} pages come within ${MOST_MS} ms (p99) from ${many}.
- ${flat} of ${answered.length} take at most 10 % longer (p50) than from ${few}.
- The list takes ${bytesEach.toFixed(0)} bytes of Redis per cancellation (goal: at most ${MOST_BYTES}): ${bytesEach <= MOST_BYTES ? 'met' : '**missed**'}.

A page that is full after the first chunk of 65,536 costs the same in a list of any length. What is rare, or not there at all, is
searched for in every chunk: the larger list has ${Math.ceil(large / 65_536)} of them, the smaller one 1.

${markdownTable([head, ...answered.map(rowOf)], (column) => (column > 0 && column < 6 ? 'right' : 'left'))}`;
}

const rowOf = (one: Answered): string[] => [
  one.what,
  one.small.items === one.large.items ? String(one.large.items) : `${one.small.items}, ${one.large.items}`,
  ...[one.small.p50, one.large.p50, one.small.p99, one.large.p99].map((ms) => ms.toFixed(1)),
  ...[isFast(one), isFlat(one)].map((isMet) => (isMet ? 'yes' : '**no**')),
];
