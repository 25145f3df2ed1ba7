import { availableParallelism, loadavg } from 'node:os';
import { ProgramError } from '../../../src/demo/program.js';
import type { Program } from '../../../src/demo/program.js';
import { thisMachine } from '../../drills/report.js';
import { writeSection } from '../../support/marked-section.js';
import { redisVersion } from '../bench-redis.js';
import { USAGE_IS_KNOWN, USAGE_IS_UNKNOWN } from '../measure/process-usage.js';
import { conditionsText } from '../results/page.js';
import { Stage } from '../stage.js';
import { measureLive } from './live.js';
import { COSTS_MARK, costsSection, EXAMPLES_MARK, examplesSection } from './page.js';
import { measureWaiting } from './waiting.js';
import { WORKERS_MARK, workersSection } from './workers-page.js';
import { measureWorkers } from './workers.js';

const LIMIT_MS = 900_000;

const BUSY =
  '**Other programs kept this machine busy**: on a quiet one, a cancellation takes less processor time.';

/**
 * Measures what a cancellation costs with the roles apart, and what several workers do, and writes the sections unless
 * `quick`. No process is pinned to a core: there are more of them than cores.
 *
 * @throws {ProgramError} this machine does not tell what a process uses
 */
export async function benchCapacity(
  program: Program,
  pages: { readonly costs: string; readonly workers: string },
  { rounds, quick }: { readonly rounds: number; readonly quick: boolean },
): Promise<void> {
  if (!USAGE_IS_KNOWN) throw new ProgramError(USAGE_IS_UNKNOWN);
  const start = performance.now();
  const [load = 0] = loadavg();
  const machine = await thisMachine(await redisVersion(program));
  const on = new Date().toISOString().slice(0, 10);
  const conditions = conditionsText({ on, machine, load, places: null });

  const onStage = async <T>(name: string, measure: (stage: Stage) => Promise<T>): Promise<T> => {
    program.write(`${name} ...`);
    const part = program.part(AbortSignal.timeout(LIMIT_MS));
    try {
      return await measure(await Stage.open(part, { cores: null, rounds, quick }));
    } finally {
      await part.end();
    }
  };
  const result = {
    live: await onStage('live', measureLive),
    waiting: await onStage('backlog', measureWaiting),
  };
  const isBusy = load > availableParallelism();
  const costs = costsSection(result, isBusy ? `${conditions}\n\n${BUSY}` : conditions);
  const examples = examplesSection(result);
  program.write(`${costs}\n\n${examples}`);
  const measured = await onStage('workers', measureWorkers);
  const minutes = Math.ceil((performance.now() - start) / 60_000);
  const workers = workersSection({ rounds: measured, cores: availableParallelism(), minutes }, conditions);
  program.write(workers);
  if (quick) return;
  await writeSection(pages.costs, COSTS_MARK, costs);
  await writeSection(pages.costs, EXAMPLES_MARK, examples);
  await writeSection(pages.workers, WORKERS_MARK, workers);
  program.write(`Written to ${pages.costs} and ${pages.workers}`);
}
