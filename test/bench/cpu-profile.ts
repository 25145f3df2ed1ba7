import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What `node --cpu-prof` writes (https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile), as far as it is read. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Ids of nodes. */
  readonly samples: readonly number[];
  /** µs before each sample. */
  readonly timeDeltas: readonly number[];
  /** µs of the machine's monotonic clock, as `process.hrtime` has it. */
  readonly startTime: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** A time on the clock of `CpuProfile`. */
export const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** The one that is in `folder`. */
export async function readProfile(folder: string): Promise<CpuProfile> {
  const file = (await readdir(folder)).find((name) => name.endsWith('.cpuprofile')) ?? '';
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile;
}

/**
 * For how many µs each part of a program was busy: a package, a folder of ours, or what none of them asked for. What a
 * function of Node's own takes counts for the one that called it.
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

/** The part that each node counts for; none for those in which the processor has nothing to do. */
function partsOf({ nodes }: CpuProfile): Map<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parts = new Map<number, string>();
  const visit = (node: ProfileNode, callers: string | null): void => {
    const part = partIn(node.callFrame.url) ?? callers;
    const { functionName } = node.callFrame;
    if (functionName !== '(idle)') parts.set(node.id, part ?? ownPartOf(functionName));
    for (const child of node.children ?? []) {
      const found = byId.get(child);
      if (found !== undefined) visit(found, part);
    }
  };
  const [root] = nodes;
  if (root !== undefined) visit(root, null);
  return parts;
}

/** The package, or the folder of ours, that a module is from; null for Node's own. */
function partIn(url: string): string | null {
  const packaged = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (packaged !== undefined) return packaged;
  const ours = /.*\/dist\/(.+)\.js$/.exec(url)?.[1];
  if (ours === undefined) return null;
  return ours.startsWith('development/bench/programs/') ? 'the program itself' : `src/${ours.split('/')[0]}`;
}

const ownPartOf = (functionName: string): string =>
  functionName === '(garbage collector)' ? 'garbage collection' : 'Node.js';
