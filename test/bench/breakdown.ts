import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopChild } from './child.js';
import { busyUsByPart, nowUs, readProfile } from './cpu-profile.js';
import type { Running } from './running.js';
import type { Stage } from './stage.js';

/** Parts that take less than this of ours are put together. */
const SMALLEST_SHARE = 0.015;

/** What makes up something that ours takes more of, on both sides. */
export interface Breakdown {
  /** What is broken down, and how: a sentence in Markdown that the parts end. */
  readonly about: string;
  readonly unit: string;
  readonly parts: readonly Share[];
}

export interface Share {
  readonly part: string;
  readonly ours: number;
  /** 0 for what the ceiling does not have. */
  readonly theirs: number;
}

/** One side of a row, to be profiled. */
export interface Profiled {
  /** @param profileTo where the process leaves its profile once it is stopped */
  readonly start: (profileTo: string) => Promise<Running>;
  /** What it is busy with while it is looked at. */
  readonly work: (running: Running) => Promise<unknown>;
  /** What comes after that before it can be stopped. */
  readonly finish?: () => Promise<unknown>;
  /** What each takes without a profiler, in µs: the shares alone are taken from the profile. */
  readonly eachUs: number;
}

/**
 * Where the processor time of one request, or of one job, goes; the largest part of ours first.
 *
 * @param each what it is the time of
 */
export async function processorTimeOf(
  stage: Stage,
  each: string,
  { ours, theirs }: Readonly<Record<'ours' | 'theirs', Profiled>>,
): Promise<Breakdown> {
  const [mine, bare] = [await timesOf(stage, ours), await timesOf(stage, theirs)];
  const smallest = ours.eachUs * SMALLEST_SHARE;
  const isLarge = (part: string): boolean => Math.max(mine.get(part) ?? 0, bare.get(part) ?? 0) >= smallest;
  const names = [...new Set([...mine.keys(), ...bare.keys()])];
  const timeOf = (part: string): Share => ({
    part,
    ours: mine.get(part) ?? 0,
    theirs: bare.get(part) ?? 0,
  });
  const large = names.filter(isLarge).map(timeOf);
  const small = names.filter((part) => !isLarge(part)).map(timeOf);
  const others = {
    part: `${small.length} smaller parts`,
    ours: sum(small.map((time) => time.ours)),
    theirs: sum(small.map((time) => time.theirs)),
  };
  return {
    about: `Where the processor time of ${each} goes, by a profile of both (\`node --cpu-prof\`), of which the shares alone are taken; what
Node itself does counts for whoever asked for it. The service is profiled as the modules that its bundle is made of, since a
bundle does not tell one part from another:`,
    unit: 'µs',
    parts: [...large.toSorted((a, b) => b.ours - a.ours), ...(small.length > 0 ? [others] : [])],
  };
}

async function timesOf(
  stage: Stage,
  { start, work, finish, eachUs }: Profiled,
): Promise<Map<string, number>> {
  const folder = await stage.program.start(
    () => mkdtemp(join(tmpdir(), 'streamstop-profile-')),
    (path) => rm(path, { recursive: true, force: true }),
  );
  const running = await start(folder);
  const from = nowUs();
  await work(running);
  const to = nowUs();
  await finish?.();
  await stopChild(running.child);
  const busy = busyUsByPart(await readProfile(folder), from, to);
  const all = sum([...busy.values()]);
  return new Map([...busy].map(([part, us]) => [part, (us / all) * eachUs]));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
