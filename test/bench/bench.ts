import 'reflect-metadata';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { runProgram } from '../../src/demo/program.js';
import type { Program } from '../../src/demo/program.js';
import { thisMachine } from '../drills/report.js';
import { sectionIn } from '../support/marked-section.js';
import { redisVersion } from './bench-redis.js';
import { benchBrowsers } from './browsers.js';
import { benchCapacity } from './capacity/bench-capacity.js';
import { WORKERS_MARK } from './capacity/workers-page.js';
import { Cores } from './cores.js';
import { benchLists } from './lists/bench-lists.js';
import { LISTS_MARK } from './lists/page.js';
import { measureRow } from './measure-row.js';
import { benchOptions, ROUNDS } from './options.js';
import { benchChart } from './results/chart.js';
import type { Theme } from './results/chart.js';
import { benchPage, explanationTexts, outcomeTable } from './results/page.js';
import type { Conditions, RowResult } from './results/page.js';
import { ALL_ROWS } from './rows/all.js';
import { benchTraces } from './traces.js';

/** From the root of the repository, where npm runs its scripts. */
const PAGE = 'docs/benchmarks.md';
const OPERATIONS = 'docs/operations.md';
const VALUES = 'docs/benchmarks.json';
const chartFile = (theme: Theme): string => `docs/benchmarks-${theme}.svg`;

await runProgram(bench);

async function bench(program: Program): Promise<void> {
  const names = ALL_ROWS.map(({ name }) => name);
  const { only, quick, lists, traces, browsers, capacity, rounds, isPublished } = benchOptions(
    process.argv.slice(2),
    names,
  );
  if (lists) return benchLists(program, PAGE, quick);
  if (traces) return benchTraces(program, OPERATIONS, { rounds, quick });
  if (browsers) return benchBrowsers(program, OPERATIONS, { rounds, quick });
  if (capacity) return benchCapacity(program, { costs: OPERATIONS, workers: PAGE }, { rounds, quick });
  const [load = 0] = loadavg();
  const cores = await Cores.find();
  const machine = await thisMachine(await redisVersion(program));
  await cores?.move(process.pid, 'load');
  const on = new Date().toISOString().slice(0, 10);
  const conditions = { on, machine, load, places: cores?.places ?? null, rounds };

  const results: RowResult[] = [];
  for (const row of ALL_ROWS.filter(({ name }) => only.includes(name))) {
    const result = await measureRow(row, program, { cores, rounds, quick });
    results.push(result);
    program.write(outcomeTable(result.outcomes));
    for (const text of explanationTexts(result)) program.write(text);
    program.write(`${(result.tookMs / 1000).toFixed(0)} s\n`);
  }
  if (isPublished) await write(results, conditions, program);
  else program.write(`Nothing is written: ${PAGE} needs all rows, ${ROUNDS} rounds or more, and no --quick.`);
}

async function write(results: readonly RowResult[], conditions: Conditions, program: Program): Promise<void> {
  await mkdir('docs', { recursive: true });
  const page = await readFile(PAGE, 'utf8').catch(() => '');
  const kept = { lists: sectionIn(page, LISTS_MARK), workers: sectionIn(page, WORKERS_MARK) };
  await writeFile(PAGE, benchPage(results, conditions, kept));
  await writeFile(VALUES, `${JSON.stringify({ conditions, rows: results }, null, 2)}\n`);
  const outcomes = results.flatMap((result) => result.outcomes);
  for (const theme of ['light', 'dark'] as const)
    await writeFile(chartFile(theme), benchChart(outcomes, theme));
  program.write(`Written to ${PAGE}, ${VALUES}, ${chartFile('light')} and ${chartFile('dark')}`);
}
