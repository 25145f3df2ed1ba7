import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { parseEnv } from 'node:util';
import { markdownTable } from '../support/markdown-table.js';
import type { Result } from './drill.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly redis: string;
}

export async function thisMachine(redis: string): Promise<Machine> {
  const { PRETTY_NAME } = parseEnv(await readFile('/etc/os-release', 'utf8').catch(() => ''));
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: PRETTY_NAME ?? `${type()} ${release()}`,
    node: process.version,
    redis,
  };
}

export const machineText = ({ cpu, cores, memoryGb, system, node, redis }: Machine): string =>
  `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}, Redis ${redis}`;

const LEFT_COLUMNS: ReadonlySet<number> = new Set([0, 5]);

export function resultTable(results: readonly Result[]): string {
  return markdownTable(
    [['fault', 'accepted', 'lost', 'doubled', 'recovery (s)', 'held'], ...results.map(rowOf)],
    (column) => (LEFT_COLUMNS.has(column) ? 'left' : 'right'),
  );
}

export const hasHeld = ({ violations }: Result): boolean => violations.length === 0;

/** What became of a drill, in a few words. */
export function verdict({ violations, notRun }: Result): string {
  if (notRun !== undefined) return `not run: ${notRun}`;
  return violations.length === 0 ? 'yes' : `**no**: ${violations.join('; ').replaceAll(/\s*[\n|]\s*/g, ' ')}`;
}

function rowOf(result: Result): string[] {
  const { fault, accepted, lost, doubled, recoveryMs } = result;
  const counts = result.notRun === undefined ? [accepted, lost, doubled].map(String) : ['–', '–', '–'];
  return [fault, ...counts, recoveryMs === null ? '–' : (recoveryMs / 1000).toFixed(1), verdict(result)];
}

/** The page `docs/drills.md`. */
export function pageOf(results: readonly Result[], machine: Machine, on: string): string {
  const minutes = results.reduce((sum, { tookMs }) => sum + tookMs, 0) / 60_000;
  return `# Fault drills

Written by \`npm run drills -- --write\`, which repeats it all on another machine in about ${Math.ceil(minutes)} minutes.

Run on ${on}: ${machineText(machine)}.

Each row has a Redis of its own (with \`appendfsync always\` where it is killed, so that it keeps what it acknowledged),
processes of the compiled service, one or more a role, and a simulator of SignalWire that notes every POST and fetch. A
caller who gets no 202 asks again. After the fault, both sides' books are held against each other:

- accepted: cancellations for which a caller holds a 202. Each has one end, succeeded, failed, expired or withdrawn; those
  that have none, or are unknown, are **lost**.
- what succeeded by \`document_fetched\` has a fetch in SignalWire's book, and its stream is stopped there; nothing was sent
  after its deadline, or for a caller who holds no 202; updates of one call do not overlap, from POST to fetch.
- **doubled**: POSTs beyond one a cancellation that nothing explains, that is, neither the failure of the one before nor a
  crash in between (one more POST a cancellation and crash at most).
- recovery: from the fault, or from the return of what was away, until the service did its work again.

${resultTable(results)}
`;
}
