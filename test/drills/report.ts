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
export function verdict({ violations, notRun, note }: Result): string {
  if (notRun !== undefined) return `not run: ${notRun}`;
  const outcome = violations.length === 0 ? ['yes'] : ['**no**', violations.join('; ')];
  return [...outcome, ...(note === undefined ? [] : [note])].join(': ').replaceAll(/\s*[\n|]\s*/g, ' ');
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

## Separate hosts

\`npm run drills -- hosts\` gives each part a host of its own: a network namespace of Linux, for which it needs root and iproute2.
Callers, API, workers, documents and Redis share one network. SignalWire is on another one, on which workers and documents have a second address.
While 20 requests per second come, one host is cut off for 20 s: what is sent to it is lost, and nobody is told, as when a cable is pulled.
Its recovery is the time from its return until a new cancellation has stopped its stream; a worker's is the time from its loss until the other
worker has taken up the last of its cancellations. The results are the last rows of the table.

## Random faults

\`npm run drills -- random\` breaks everything at random times for two minutes, while random requests come: single ones, batches,
several streams, the same call again, with and without \`Idempotency-Key\`. Documents come from one process at \`PUBLIC_URL\` and one at
\`FALLBACK_URL\`. SignalWire answers late, wrongly or not at all, applies what it refuses, does not fetch, and some calls end. Processes
are killed, restarted and frozen, workers for longer than their lock on a job
lasts; Redis is frozen and killed. \`--seed 7\` repeats a schedule, though not its timing to the millisecond; \`--minutes 10\` makes it longer.

Once everything works again and nothing is unfinished, the program compares the books of both sides. Every POST names its
cancellations and its time in its link, so that each fetch, POST and attempt has its counterpart:

- Every cancellation that was answered with 202 is known, final, and in one state of the queue.
- Its evidence is a complete fetch of a document for that cancellation, a signed callback about that stream, or the end of the call.
- No attempt starts, and no POST is sent, after the deadline.
- Every POST is an attempt of each cancellation that it names. Every answered attempt is a POST with that answer.
- No POST of a call comes before the one before is answered and its document fetched, and none once all of it is proven.
  A process that was frozen or cut off in between explains an overlap; lost evidence explains a further POST.

A difference ends the program with exit code 1. It shows the record, the simulator's book of the call, what was broken at which time, and the
command that repeats the run.
`;
}
