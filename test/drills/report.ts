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
    [['fault', 'accepted', 'lost', 'doubled', 'recovery (s)', 'passed'], ...results.map(rowOf)],
    (column) => (LEFT_COLUMNS.has(column) ? 'left' : 'right'),
  );
}

export const hasPassed = ({ violations }: Result): boolean => violations.length === 0;

/** The outcome of a drill in a few words. */
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

\`npm run drills -- --write\` runs all drills, writes this page and takes about ${Math.ceil(minutes)} minutes. \`npm run drills -- poison\` runs
those with \`poison\` in their name.

Run on ${on}: ${machineText(machine)}.

Each drill starts a Redis, compiled service processes (usually one per role) and a SignalWire simulator of its own. The simulator
records every POST and every fetch, and signs what it sends; the service checks the signatures. A Redis that gets killed runs with
\`appendfsync always\`, so that it keeps what it has acknowledged. A caller that gets a 503, or no answer, asks again with the same
\`Idempotency-Key\`. After the fault, the program reconciles what callers, service and SignalWire know:

- **accepted**: cancellations answered with 202. Each must end as succeeded, failed, expired or withdrawn, in exactly one state of
  the queue. Those that are unfinished or unknown are **lost**.
- A cancellation that succeeded with \`document_fetched\` has a fetch in the simulator's records, and its stream has stopped there.
  Nothing was sent after its deadline, or for a call without an accepted cancellation. Updates of one call do not overlap,
  from POST to fetch.
- **doubled**: repeated POSTs that neither a failure of the previous one nor a crash explains. A crash explains one per
  cancellation.
- **recovery**: from the fault, or from the return of what was away, until the service worked again.

${resultTable(results)}
`;
}
