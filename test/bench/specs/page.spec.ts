import { describe, expect, it } from 'vitest';
import { benchPage, outcomeTable, readmeSection } from '../page.js';
import type { Conditions, RowResult } from '../page.js';
import { cellsOf } from '../../demo/fixtures/table-cells.js';

const RATE = {
  what: 'a document',
  quantity: 'requests/s',
  ceiling: 'bare',
  ours: [8000, 9000],
  theirs: [10_000, 10_000],
  goal: { atLeast: 0.9 },
};
const TIME = {
  what: 'a stop',
  quantity: 'p99, ms',
  ceiling: 'two hops',
  ours: [6, 7],
  theirs: [2, 2],
  goal: { atMostMore: 5 },
};
const EXPLANATION = { what: 'a document', quantity: 'p99, ms', ceiling: 'bare', ours: [2], theirs: [1] };
const FAILED = { what: 'Flask', ceiling: 'Flask', reason: 'no | python3\nhere' };

const CONDITIONS: Conditions = {
  on: '2026-11-23',
  machine: { cpu: 'A CPU', cores: 2, memoryGb: 4, system: 'Debian 12', node: 'v20', redis: '7.0.15' },
  load: 0.25,
  places: { service: 0, load: 1, redis: 1, stub: 1 },
  rounds: 5,
};

const ROWS = [
  {
    name: 'rate',
    title: 'The rate',
    about: 'About it.',
    isInBrief: false,
    tookMs: 90_000,
    outcomes: [RATE, EXPLANATION, FAILED],
    breakdowns: [
      { about: 'Where it goes:', unit: 'µs', parts: [{ part: 'fastify', ours: 12.34, theirs: 0 }] },
      { about: 'What it is made of:', unit: 'MB', parts: [{ part: 'garbage', ours: 2, theirs: 1 }] },
    ],
  },
  {
    name: 'time',
    title: 'The time',
    about: 'About that.',
    isInBrief: false,
    tookMs: 100_000,
    outcomes: [TIME],
    breakdowns: [],
  },
];

describe('the table of the bench', () => {
  it('shows both sides, their pairs, the goal and whether it held', () => {
    const [, , rate, time, explanation, failed] = cellsOf(outcomeTable([RATE, TIME, EXPLANATION, FAILED]));
    expect(rate).toEqual([
      'a document',
      'requests/s',
      '8,500',
      '10,000',
      'bare',
      '0.85 (0.80–0.90)',
      '≥ 0.9',
      '**no**',
    ]);
    expect(time).toEqual([
      'a stop',
      'p99, ms',
      '6.50',
      '2.00',
      'two hops',
      '+4.5 (+4.0 to +5.0) ms',
      '≤ +5 ms',
      'yes',
    ]);
    expect(explanation?.slice(5)).toEqual(['2.00 (2.00–2.00)', '–', '–']);
    expect(failed).toEqual(['Flask', 'not measured: no python3 here', '–', '–', 'Flask', '–', '–', '–']);
  });
});

describe('the page of the bench', () => {
  it('names the machine, the command and the time, and has a section a row', () => {
    const page = benchPage(ROWS, CONDITIONS);
    expect(page).toContain(
      'Written by `npm run bench`, which repeats it all on another machine in about 4 minutes',
    );
    expect(page).toContain('A CPU, 2 cores, 4 GB, Debian 12, Node v20, Redis 7.0.15; load average 0.3');
    expect(page).toContain('what is measured is kept to core 0');
    expect(page).toContain(`## The time\n\nAbout that.\n\n${outcomeTable([TIME])}`);
  });

  it('shows where the time goes, where that was looked at', () => {
    const page = benchPage(ROWS, CONDITIONS);
    expect(page).toMatch(/Where it goes:\n\n\| part +\| ours, µs \| ceiling's, µs \|/);
    expect(page).toMatch(/\| fastify \| +12.3 \| +– \|/);
    expect(page).toMatch(/What it is made of:\n\n\| part +\| ours, MB \| ceiling's, MB \|/);
  });

  it('says so where no process was kept to a core, or Redis was not', () => {
    expect(benchPage(ROWS, { ...CONDITIONS, places: null })).toContain('no process was kept to a core');
    expect(benchPage(ROWS, CONDITIONS)).toContain('the stub to core 1 and Redis to core 1.');
    const places = { service: 0, load: 1, redis: null, stub: 1 };
    expect(benchPage(ROWS, { ...CONDITIONS, places })).toContain('the stub to core 1 and Redis to none.');
  });

  it('says why something is not explained', () => {
    const [row] = ROWS;
    const page = benchPage([{ ...row, notExplained: 'ended\nearly' } as RowResult], CONDITIONS);
    expect(page).toContain('What it is that ours takes more was not looked at: ended early');
  });

  it('gives the README what has a goal, and what could not be measured', () => {
    const section = readmeSection(ROWS, CONDITIONS);
    expect(section).toContain(outcomeTable([RATE, FAILED, TIME]));
    expect(section).toContain('`npm run bench`');
    expect(section).toContain('A CPU, 2 cores');
  });

  it('gives the README of a row in brief what has missed its goal, and how many have not', () => {
    const growth = {
      ...ROWS[1],
      title: 'Growth',
      isInBrief: true,
      outcomes: [RATE, TIME, FAILED, EXPLANATION],
    };
    const section = readmeSection([growth as RowResult], CONDITIONS);
    expect(section).toContain(outcomeTable([RATE, FAILED]));
    expect(section).toContain('Growth: 1 of 3 goals are met');
  });
});
