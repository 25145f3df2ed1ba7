import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { redisVersion } from './bench/bench-redis.js';
import { Cores } from './bench/cores.js';
import { thisMachine } from './drills/report.js';
import { readBooks } from './load/books.js';
import { faultKindOf, FAULTS } from './load/faults.js';
import type { FaultKind } from './load/faults.js';
import { loadOptions } from './load/options.js';
import { askAtRate } from './load/pace.js';
import { loadSection } from './load/page.js';
import { startLoadParts } from './load/parts.js';
import type { LoadParts } from './load/parts.js';
import { sampleUntil } from './load/samples.js';
import { writeSection } from './marked-section.js';
import { ProgramError, runProgram } from './program.js';
import type { Program } from './program.js';

/** From the root of the repository, where npm runs its scripts. */
const PAGE = 'docs/load.md';

const SAMPLE_MS = 5000;
const SOAK_SAMPLE_MS = 30_000;

/** The default of `DEADLINE_MS`, and as much again. */
const SETTLES_WITHIN_MS = 120_000;
const LOOKS_AGAIN_AFTER_MS = 500;

await runProgram(load);

async function load(program: Program): Promise<void> {
  const options = loadOptions(process.argv.slice(2));
  // Each caller who waits to ask again listens to it.
  setMaxListeners(0, program.signal);
  if (process.platform !== 'linux') throw new ProgramError('only Linux tells what a process uses');
  const machine = await thisMachine(await redisVersion(program));
  const cores = await Cores.find();
  await cores?.move(process.pid, 'load');
  const parts = await startLoadParts(program, cores);

  program.write(`${options.rate} cancellations a second for ${options.minutes} minutes ...`);
  const kinds = new Map<string, FaultKind>();
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, program.signal]);
  const sampling = sampleUntil(
    signal,
    parts.servicePid,
    parts.redis,
    options.soak ? SOAK_SAMPLE_MS : SAMPLE_MS,
  );
  const asked = await askAtRate({ ...options, signal: program.signal }, async (number) => {
    const [callSid, kind] = [randomUUID(), faultKindOf(number)];
    if (kind !== 'none') kinds.set(callSid, kind);
    await parts.createCall(callSid, FAULTS[kind]);
    await parts.caller.insist({ callSid });
  });
  await settled(parts, program.signal);
  over.abort();
  const samples = await sampling;
  const books = await readBooks(parts.caller, (callSid) => kinds.get(callSid) ?? 'none');

  const on = new Date().toISOString().slice(0, 10);
  const section = loadSection({ on, machine, options, asked, books, samples });
  await writeSection(PAGE, options.soak ? 'soak' : 'load', section);
  program.write(`${section}\n\nWritten to ${PAGE}`);
  if (books.lost > 0) throw new ProgramError(`${books.lost} cancellations were lost`);
}

/** Resolves once nothing is unfinished any more, or should have been for long: what is not is lost. */
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
