import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { ProgramError, runProgram } from '../../src/demo/program.js';
import type { Program } from '../../src/demo/program.js';
import { redisVersion } from '../bench/bench-redis.js';
import { Cores } from '../bench/cores.js';
import { USAGE_IS_KNOWN, USAGE_IS_UNKNOWN } from '../bench/measure/process-usage.js';
import { thisMachine } from '../drills/report.js';
import { writeSection } from '../support/marked-section.js';
import { tallyOf } from './tally.js';
import { closedSeconds } from './closed-seconds.js';
import { FAULTS, faultsFrom } from './faults.js';
import type { FaultKind } from './faults.js';
import { isWritten, loadOptions, rateText } from './options.js';
import { askAtRate } from './pace.js';
import { loadSection } from './page.js';
import { startLoadParts } from './parts.js';
import type { LoadParts } from './parts.js';
import { sampleUntil } from './samples.js';

/** From the root of the repository, where npm runs its scripts. */
const PAGE = 'docs/load.md';

const SAMPLE_MS = 5000;
const SOAK_SAMPLE_MS = 20_000;

/** Twice the default of `DEADLINE_MS`. */
const SETTLES_WITHIN_MS = 120_000;
const LOOKS_AGAIN_AFTER_MS = 500;

await runProgram(load);

async function load(program: Program): Promise<void> {
  const options = loadOptions(process.argv.slice(2));
  // Every waiting caller listens to it.
  setMaxListeners(0, program.signal);
  if (!USAGE_IS_KNOWN) throw new ProgramError(USAGE_IS_UNKNOWN);
  const [loadBefore = 0] = loadavg();
  const cores = await Cores.find();
  // Before this process is pinned: it would count only one core.
  const machine = await thisMachine(await redisVersion(program));
  const parts = await startLoadParts(program, cores);
  await cores?.move(process.pid, 'load');

  program.write(`${rateText(options)} ...`);
  const kinds = new Map<string, FaultKind>();
  const nextKind = faultsFrom(options.seed);
  const over = new AbortController();
  const watching = watch(parts, AbortSignal.any([over.signal, program.signal]), options.soak);
  // An interrupted run loses its Redis before the last look.
  watching.catch(() => undefined);
  const asked = await askAtRate({ ...options, signal: program.signal }, async () => {
    const [callSid, kind] = [randomUUID(), nextKind()];
    if (kind !== 'none') kinds.set(callSid, kind);
    await parts.createCall(callSid, FAULTS[kind]);
    await parts.caller.insist({ callSid });
  });
  await settled(parts, program.signal);
  over.abort();
  const [samples, closed] = await watching;
  const tally = await tallyOf(parts.caller, (callSid) => kinds.get(callSid) ?? 'none');

  const on = new Date().toISOString().slice(0, 10);
  const conditions = { on, machine, load: loadBefore, places: cores?.places ?? null };
  const section = loadSection({ conditions, options, asked, tally, samples, closed });
  program.write(section);
  if (isWritten(options)) {
    await writeSection(PAGE, options.soak ? 'soak' : 'load', section);
    program.write(`\nWritten to ${PAGE}`);
  }
  if (tally.lost > 0) throw new ProgramError(`${tally.lost} cancellations were lost`);
}

/** Watches until `over`. */
function watch({ servicePid, redis, projectState }: LoadParts, over: AbortSignal, soak: boolean) {
  return Promise.all([
    sampleUntil(over, servicePid, redis, soak ? SOAK_SAMPLE_MS : SAMPLE_MS),
    closedSeconds(over, projectState),
  ]);
}

/** Resolves once nothing is unfinished, or after a time in which everything should have finished. */
async function settled({ caller }: LoadParts, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  while (performance.now() - start < SETTLES_WITHIN_MS) {
    const { body } = await caller.get('/queue');
    const { counts } = body as { counts?: Readonly<Record<string, number>> };
    const unfinished = ['waiting', 'prioritized', 'active', 'delayed'].map((state) => counts?.[state] ?? 1);
    if (unfinished.every((count) => count === 0)) return;
    await delay(LOOKS_AGAIN_AFTER_MS, undefined, { signal });
  }
}
