import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { benchOptions, ROUNDS } from './options.js';
import { benchPage, explanationTexts, outcomeTable, readmeSection } from './page.js';
import type { Conditions, KeptPlaces, RowResult } from './page.js';
import { Cores } from './cores.js';
import { measureRow } from './measure-row.js';
import { writeSection } from '../support/marked-section.js';
import { provideBenchRedis, versionOf } from './bench-redis.js';
import { ALL_ROWS } from './rows/all.js';
import { thisMachine } from '../drills/report.js';
import { runProgram } from '../../src/demo/program.js';
import type { Program } from '../../src/demo/program.js';

/** From the root of the repository, where npm runs its scripts. */
const PAGE = 'docs/benchmarks.md';
const VALUES = 'docs/benchmarks.json';
const README = 'README.md';

await runProgram(bench);

async function bench(program: Program): Promise<void> {
  const names = ALL_ROWS.map(({ name }) => name);
  const { only, quick, rounds, isPublished } = benchOptions(process.argv.slice(2), names);
  const [load = 0] = loadavg();
  const cores = await Cores.find();
  const { redis, places } = await triedRedis(program, cores);
  const machine = await thisMachine(redis);
  await cores?.move(process.pid, 'load');
  const on = new Date().toISOString().slice(0, 10);
  const conditions = { on, machine, load, places, rounds };

  const results: RowResult[] = [];
  for (const row of ALL_ROWS.filter(({ name }) => only.includes(name))) {
    const result = await measureRow(row, program, { cores, rounds, quick });
    results.push(result);
    program.write(outcomeTable(result.outcomes));
    for (const text of explanationTexts(result)) program.write(text);
    program.write(`${(result.tookMs / 1000).toFixed(0)} s\n`);
  }
  if (isPublished) await write(results, conditions, program);
  else
    program.write(
      `Nothing is written: ${PAGE} shows all rows, of ${ROUNDS} rounds or more that are not quick.`,
    );
}

/** What Redis each row will get, and where all is kept. */
async function triedRedis(
  program: Program,
  cores: Cores | null,
): Promise<{ redis: string; places: KeptPlaces | null }> {
  const part = program.part(program.signal);
  try {
    const { url, hasCore } = await provideBenchRedis(part, cores);
    const places = cores && { ...cores.places, redis: hasCore ? cores.places.redis : null };
    return { redis: await versionOf(url), places };
  } finally {
    await part.end();
  }
}

async function write(results: readonly RowResult[], conditions: Conditions, program: Program): Promise<void> {
  await mkdir('docs', { recursive: true });
  await writeFile(PAGE, benchPage(results, conditions));
  await writeFile(VALUES, `${JSON.stringify({ conditions, rows: results }, null, 2)}\n`);
  await writeSection(README, 'benchmarks', readmeSection(results, conditions));
  program.write(`Written to ${PAGE}, ${VALUES} and ${README}`);
}
