import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endChild } from '../child.js';
import type { Running } from '../child.js';
import { sharesOf, sum } from '../results/breakdown.js';
import type { Breakdown } from '../results/breakdown.js';
import { isMeasured, missesGoal, verdictOn } from '../results/comparison.js';
import type { Outcome } from '../results/comparison.js';
import type { Stage } from '../stage.js';
import { busyUsByPart, nowUs, readProfile } from './cpu-profile.js';
import { PROCESSOR_TIME } from './quantities.js';

/** One side of a row, run again under the profiler. */
export interface Profiled {
  /** @param profileTo the folder for the profile */
  readonly start: (profileTo: string) => Promise<Running>;
  /** What comes first, while V8 compiles. */
  readonly warmUp?: (running: Running) => Promise<unknown>;
  /** What is profiled. */
  readonly work: (running: Running) => Promise<unknown>;
}

export type ProfiledSides = Readonly<Record<'ours' | 'plain', Profiled>>;

/** The processor time behind one `what` of a row by part, if that misses its goal and this machine tells times. */
export async function explainMissed(
  stage: Stage,
  outcomes: readonly Outcome[],
  { what, of }: { readonly what: string; readonly of: string },
  { ours, plain }: ProfiledSides,
): Promise<Breakdown[]> {
  const own = outcomes.filter(isMeasured).filter((outcome) => outcome.what === what);
  const times = own.find(({ quantity }) => quantity === PROCESSOR_TIME);
  if (times === undefined || !own.some(missesGoal)) return [];
  stage.program.write(`  profiling ${of}`);
  const each = verdictOn(times);
  const shares = sharesOf(await timesOf(stage, ours, each.ours), await timesOf(stage, plain, each.theirs));
  return [{ of, parts: shares }];
}

/** @param eachUs what one takes without a profiler; the profile only gives the shares */
async function timesOf(
  stage: Stage,
  { start, warmUp, work }: Profiled,
  eachUs: number,
): Promise<Map<string, number>> {
  const folder = await stage.program.start(
    () => mkdtemp(join(tmpdir(), 'streamstop-profile-')),
    (path) => rm(path, { recursive: true, force: true }),
  );
  const running = await start(folder);
  await warmUp?.(running);
  const from = nowUs();
  await work(running);
  const to = nowUs();
  await endChild(running.child);
  const busy = busyUsByPart(await readProfile(folder), from, to);
  const all = sum([...busy.values()]);
  return new Map([...busy].map(([part, us]) => [part, (us / all) * eachUs]));
}
