import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What the resident memory of a process is made of, in bytes. */
export interface MemoryParts {
  readonly resident: number;
  /** V8's young generation, where objects begin. */
  readonly young: number;
  /** Its other objects, what is garbage among them, and their spare room; neither code nor what V8 brings ready-made. */
  readonly old: number;
}

/** When the resident memory was the most, and, of `old`, what a full collection leaves once all is over. */
export type MemoryReport = MemoryParts & { readonly inUse: number };

/** What the watch is told: to begin, or to tell. */
export interface MemoryOrder {
  readonly memory: 'watch' | 'tell';
}

const LOOKS_AFTER_MS = 50;

let most: MemoryParts = { resident: 0, young: 0, old: 0 };

function look(): void {
  const resident = process.memoryUsage.rss();
  if (resident <= most.resident) return;
  const [young, old] = [sumOf(isYoung, 'physical_space_size'), sumOf(isOld, 'physical_space_size')];
  most = { resident, young, old };
}

type Space = ReturnType<typeof getHeapSpaceStatistics>[number];

const isYoung = ({ space_name: name }: Space): boolean => name.startsWith('new_');
const isOld = (space: Space): boolean => !isYoung(space) && !/^(?:code|read_only)_/.test(space.space_name);

const sumOf = (
  isWanted: (space: Space) => boolean,
  size: 'physical_space_size' | 'space_used_size',
): number =>
  getHeapSpaceStatistics()
    .filter(isWanted)
    .reduce((sum, space) => sum + space[size], 0);

function report(): MemoryReport {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return { ...most, inUse: sumOf(isOld, 'space_used_size') };
}

process.on('message', ({ memory }: Partial<MemoryOrder>) => {
  if (memory === 'watch') setInterval(look, LOOKS_AFTER_MS);
  if (memory === 'tell') process.send?.(report());
});
