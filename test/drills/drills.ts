import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ProgramError, runProgram } from '../../src/demo/program.js';
import type { Program } from '../../src/demo/program.js';
import { redisVersion } from '../bench/bench-redis.js';
import { runAlerts } from './alerts/alerts.js';
import type { Drill, Result } from './drill.js';
import { clusterDrills } from './failover/cluster.js';
import { sentinelDrills } from './failover/sentinel.js';
import { failoverPage } from './failover/page.js';
import { runFuzz } from './fuzz/run-fuzz.js';
import { perform } from './perform.js';
import { runRandom } from './random/random.js';
import { randomOptions, seedOf } from './random/random-options.js';
import { hasPassed, pageOf, resultTable, thisMachine, verdict } from './report.js';
import type { Machine } from './report.js';
import { allDrills } from './rows/all.js';

/** Drills that are performed one after another, and the page with their results. */
interface Group {
  readonly drills: readonly Drill[];
  /** From the root of the repository, where npm runs its scripts. */
  readonly page: string;
  readonly pageOf: (results: readonly Result[], machine: Machine, on: string) => string;
}

const FAILOVER: Group = {
  drills: [...sentinelDrills, ...clusterDrills],
  page: 'docs/failover.md',
  pageOf: failoverPage,
};

await runProgram(drills);

async function drills(program: Program): Promise<void> {
  const { values, positionals } = argumentsGiven();
  if (positionals[0] === 'random') return runRandom(program, randomOptions(values));
  if (positionals[0] === 'alerts') return runAlerts(program, positionals.slice(1));
  if (positionals[0] === 'fuzz') return runFuzz(program, seedOf(values.seed));
  if (positionals[0] === 'failover') return runGroup(program, FAILOVER, positionals.slice(1), values.write);
  const drills = allDrills({ big: values.big });
  return runGroup(program, { drills, page: 'docs/drills.md', pageOf }, positionals, values.write);
}

/** @param words the drills whose names contain one of them; all without any */
async function runGroup(
  program: Program,
  group: Group,
  words: readonly string[],
  isWritten: boolean,
): Promise<void> {
  const results: Result[] = [];
  for (const drill of choose(group.drills, words)) {
    const result = await perform(drill, program);
    results.push(result);
    program.write(`${drill.name} (${(result.tookMs / 1000).toFixed(0)} s): ${verdict(result)}`);
  }
  program.write(`\n${resultTable(results)}`);
  if (isWritten) await write(results, group, program);
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

async function write(
  results: readonly Result[],
  { page, pageOf: text }: Group,
  program: Program,
): Promise<void> {
  const machine = await thisMachine(await redisVersion(program));
  await mkdir('docs', { recursive: true });
  await writeFile(page, text(results, machine, new Date().toISOString().slice(0, 10)));
  program.write(`\nWritten to ${page}`);
}
