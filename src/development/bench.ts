import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { benchOptions } from './bench/options.js';
import { benchPage, breakdownText, outcomeTable, readmeSection } from './bench/page.js';
import type { Conditions, RowResult } from './bench/page.js';
import { Cores } from './bench/cores.js';
import { measureRow } from './bench/measure-row.js';
import { writeSection } from './marked-section.js';
import { redisVersion } from './bench/bench-redis.js';
import { ALL_ROWS } from './bench/rows/all.js';
import { thisMachine } from './drills/report.js';
import { runProgram } from './program.js';
import type { Program } from './program.js';

/** From the root of the repository, where npm runs its scripts. */
const PAGE = 'docs/benchmarks.md';
const VALUES = 'docs/benchmarks.json';
const README = 'README.md';

await runProgram(bench);

async function bench(program: Program): Promise<void> {
  const names = ALL_ROWS.map(({ name }) => name);
  const { only, isWhole, quick, rounds } = benchOptions(process.argv.slice(2), names);
  const [load = 0] = loadavg();
  const machine = await thisMachine(await redisVersion(program));
  const cores = await Cores.find();
  await cores?.move(process.pid, 'load');
  const on = new Date().toISOString().slice(0, 10);
  const conditions = { on, machine, load, places: cores?.places ?? null, rounds, quick };

  const results: RowResult[] = [];
  for (const row of ALL_ROWS.filter(({ name }) => only.includes(name))) {
    const result = await measureRow(row, program, { cores, rounds, quick });
    results.push(result);
    program.write(outcomeTable(result.outcomes));
    for (const breakdown of result.breakdowns) program.write(breakdownText(breakdown));
    program.write(`${(result.tookMs / 1000).toFixed(0)} s\n`);
  }
  if (isWhole && !quick) await write(results, conditions, program);
  else program.write(`Nothing is written: ${PAGE} shows all rows, measured thoroughly.`);
}

async function write(results: readonly RowResult[], conditions: Conditions, program: Program): Promise<void> {
  await mkdir('docs', { recursive: true });
  await writeFile(PAGE, benchPage(results, conditions));
  await writeFile(VALUES, `${JSON.stringify({ conditions, rows: results }, null, 2)}\n`);
  await writeSection(README, 'benchmarks', readmeSection(results, conditions));
  program.write(`Written to ${PAGE}, ${VALUES} and ${README}`);
}
