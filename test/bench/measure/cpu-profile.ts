import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The parts of a `node --cpu-prof` file that are read here
 * (https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile).
 */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Ids of nodes. */
  readonly samples: readonly number[];
  /** µs before each sample. */
  readonly timeDeltas: readonly number[];
  /** µs on the machine's monotonic clock, like `process.hrtime`. */
  readonly startTime: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** The time on the clock of `CpuProfile`. */
export const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** Reads the only profile in a folder. */
export async function readProfile(folder: string): Promise<CpuProfile> {
  const file = (await readdir(folder)).find((name) => name.endsWith('.cpuprofile')) ?? '';
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile;
}

/**
 * Busy time in µs by part of the program: a package, a folder of `src` or the program itself. Time in Node.js's own
 * functions counts for the part that called them.
 */
export function busyUsByPart(profile: CpuProfile, from: number, to: number): Map<string, number> {
  const parts = partsOf(profile);
  const busy = new Map<string, number>();
  let at = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const us = profile.timeDeltas[index] ?? 0;
    at += us;
    const part = parts.get(id);
    if (part !== undefined && at >= from && at < to) busy.set(part, (busy.get(part) ?? 0) + us);
  }
  return busy;
}

/** The part of each node; idle nodes have none. */
function partsOf({ nodes }: CpuProfile): Map<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parts = new Map<number, string>();
  const visit = (node: ProfileNode, callers: string | null): void => {
    const part = partIn(node.callFrame.url) ?? callers;
    const { functionName } = node.callFrame;
    if (functionName !== '(idle)') parts.set(node.id, part ?? partOfEngine(functionName));
    for (const child of node.children ?? []) {
      const found = byId.get(child);
      if (found !== undefined) visit(found, part);
    }
  };
  const [root] = nodes;
  if (root !== undefined) visit(root, null);
  return parts;
}

/** The package or folder that a module belongs to; null for Node.js's own modules. */
function partIn(url: string): string | null {
  const packaged = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (packaged !== undefined) return packaged;
  const folder = /\/src\/(?:([^/]+)\/)?[^/]*(?:\/.*)?\.js$/.exec(url);
  if (folder !== null) return folder[1] === undefined ? 'src' : `src/${folder[1]}`;
  return url.startsWith('file:') ? 'the program itself' : null;
}

const partOfEngine = (functionName: string): string =>
  functionName === '(garbage collector)' ? 'garbage collection' : 'Node.js';
