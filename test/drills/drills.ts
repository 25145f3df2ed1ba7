import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ProgramError, runProgram } from '../../src/demo/program.js';
import type { Program } from '../../src/demo/program.js';
import { redisVersion } from '../bench/bench-redis.js';
import { runAlerts } from './alerts/alerts.js';
import type { Drill, Result } from './drill.js';
import { runFuzz } from './fuzz/run-fuzz.js';
import { perform } from './perform.js';
import { runRandom } from './random/random.js';
import { randomOptions, seedOf } from './random/random-options.js';
import { hasPassed, pageOf, resultTable, thisMachine, verdict } from './report.js';
import { allDrills } from './rows/all.js';

/** From the root of the repository, where npm runs its scripts. */
const PAGE = 'docs/drills.md';

await runProgram(drills);

async function drills(program: Program): Promise<void> {
  const { values, positionals } = argumentsGiven();
  if (positionals[0] === 'random') return runRandom(program, randomOptions(values));
  if (positionals[0] === 'alerts') return runAlerts(program, positionals.slice(1));
  if (positionals[0] === 'fuzz') return runFuzz(program, seedOf(values.seed));
  const chosen = choose(allDrills({ big: values.big }), positionals);
  const results: Result[] = [];
  for (const drill of chosen) {
    const result = await perform(drill, program);
    results.push(result);
    program.write(`${drill.name} (${(result.tookMs / 1000).toFixed(0)} s): ${verdict(result)}`);
  }
  program.write(`\n${resultTable(results)}`);
  if (values.write) await write(results, program);
  const failed = results.filter((result) => !hasPassed(result));
  if (failed.length > 0) throw new ProgramError(`\nFailed: ${failed.map(({ name }) => name).join(', ')}`);
}

/** @throws {ProgramError} an argument is unknown */
function argumentsGiven() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        write: { type: 'boolean', default: false },
        big: { type: 'boolean', default: false },
        seed: { type: 'string' },
        minutes: { type: 'string' },
      },
    });
  } catch (error) {
    throw new ProgramError((error as Error).message, { cause: error });
  }
}

/** The drills whose names contain one of the words; all drills without words. */
function choose(all: readonly Drill[], words: readonly string[]): readonly Drill[] {
  const chosen = all.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  if (chosen.length > 0) return chosen;
  const names = all.map(({ name }) => `  ${name}`).join('\n');
  throw new ProgramError(`No drill has ${words.join(' or ')} in its name. There are:\n${names}`);
}

async function write(results: readonly Result[], program: Program): Promise<void> {
  const machine = await thisMachine(await redisVersion(program));
  await mkdir('docs', { recursive: true });
  await writeFile(PAGE, pageOf(results, machine, new Date().toISOString().slice(0, 10)));
  program.write(`\nWritten to ${PAGE}`);
}
