import { describe, expect, it } from 'vitest';
import { sectionIn } from '../../support/marked-section.js';
import { cellsOf } from '../../demo/fixtures/table-cells.js';
import type { Comparison } from '../results/comparison.js';
import { benchPage, goalsText, outcomeTable } from '../results/page.js';
import type { Conditions, RowResult } from '../results/page.js';

const RATE: Comparison = {
  what: 'a document',
  quantity: 'requests/s',
  comparedWith: 'plain build',
  ours: [8000, 9000],
  theirs: [10_000, 10_000],
  goal: { atLeast: 0.9 },
  ceiling: { name: 'bare Fastify', values: [77_000, 79_000] },
};
const TIME: Comparison = {
  what: 'a stop',
  quantity: 'p99, ms',
  comparedWith: 'two hops',
  ours: [6, 7],
  theirs: [2, 2],
  goal: { atMostMoreMs: 5 },
};
const DETAIL: Comparison = { ...TIME, goal: undefined, ours: [2], theirs: [1] };
const FAILED = { what: 'a start', reason: 'no | Redis\nhere' };

const CONDITIONS: Conditions = {
  on: '2026-11-23',
  machine: { cpu: 'A CPU', cores: 2, memoryGb: 4, system: 'Debian 12', node: 'v20', redis: '7.0.15' },
  load: 0.25,
  places: { service: 0, load: 1, redis: 1, stub: 1 },
  rounds: 5,
};

const row = (rest: Partial<RowResult>): RowResult => ({
  name: 'rate',
  title: 'The rate',
  about: 'About it.',
  tookMs: 90_000,
  outcomes: [],
  breakdowns: [],
  ...rest,
});

const KEPT = { lists: 'The lists.', workers: 'The workers.' };

const ROWS = [
  row({
    outcomes: [RATE, DETAIL, FAILED],
    breakdowns: [{ of: 'one request', parts: [{ part: 'fastify', ours: 12.34, theirs: 0 }] }],
  }),
  row({ name: 'time', title: 'The time', tookMs: 100_000, outcomes: [TIME] }),
];

describe('the table of a row', () => {
  it('shows both sides, the ratio, the goal, whether it was met, and the ceiling', () => {
    const [, , rate, time, detail, failed] = cellsOf(outcomeTable([RATE, TIME, DETAIL, FAILED]));
    const end = ['≥ 0.9', '**no**', '78,000 (bare Fastify)'];
    expect(rate).toEqual([
      'a document',
      'requests/s',
      '8,500',
      '10,000',
      'plain build',
      '0.85 (0.80–0.90)',
      ...end,
    ]);
    expect(time?.slice(5)).toEqual(['+4.5 (+4.0 to +5.0) ms', '≤ +5 ms', 'yes', '–']);
    expect(detail?.slice(5)).toEqual(['2.00 (2.00–2.00)', '–', '–', '–']);
    expect(failed?.slice(0, 3)).toEqual(['a start', 'not measured: no Redis here', '–']);
  });
});

describe('the page of the bench', () => {
  it('names the command, its time, the machine and the cores', () => {
    const page = benchPage(ROWS, CONDITIONS, KEPT);
    expect(page).toContain('`npm run bench` writes this page and takes about 4 minutes');
    expect(page).toContain(
      'A CPU, 2 cores, 4 GB, Debian 12, Node v20, Redis 7.0.15; load average before the start: 0.3',
    );
    expect(page).toContain(
      'ran on core 0, the load generator on core 1, the stub on core 1 and Redis on core 1.',
    );
    expect(benchPage(ROWS, { ...CONDITIONS, places: null }, KEPT)).toContain(
      'No process was pinned to a core.',
    );
  });

  it('has a section with a table per row', () => {
    expect(benchPage(ROWS, CONDITIONS, KEPT)).toContain(
      `## The time\n\nAbout it.\n\n${outcomeTable([TIME])}`,
    );
  });

  it('shows where the time goes in what missed its goal, or why that is not known', () => {
    const page = benchPage(ROWS, CONDITIONS, KEPT);
    expect(page).toContain('Processor time of one request, by part.');
    expect(page).toMatch(/\| fastify \| +12.3 \| +– \|/);
    expect(benchPage([row({ notExplained: 'ended\nearly' })], CONDITIONS, KEPT)).toContain(
      'The missed goal was not explained: ended early',
    );
  });

  it('keeps what was measured of lists and of several workers', () => {
    const page = benchPage(ROWS, CONDITIONS, KEPT);
    expect(sectionIn(page, 'lists')).toBe(KEPT.lists);
    expect(sectionIn(page, 'workers')).toBe(KEPT.workers);
  });

  it('lists the goals that were missed', () => {
    expect(goalsText(ROWS)).toBe('1 of 2 goals are met. Missed:\n\n- a document: requests/s (goal ≥ 0.9)');
    expect(goalsText([row({ outcomes: [TIME, FAILED] })])).toBe('All 1 goals are met.');
  });
});
