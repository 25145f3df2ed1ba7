import type { Program } from '../../src/demo/program.js';
import { writeSection } from '../support/marked-section.js';
import { stopCost, stopCostTable, stopwatchStage } from './measure/stop-cost.js';
import type { Extent } from './measure/stop-cost.js';
import { takeTurns } from './turns.js';

const MARK = 'cost-of-browsers';
const BROWSERS = 20;
const WARM_UP = 100;
/** They take longer than the longest time between two questions. */
const SAMPLES = 1500;
const QUICK_SAMPLES = 40;

const HOUR_AGO = new Date(Date.now() - 3_600_000).toISOString();

/** What the operators' page asks for while its first view is seen, and how often; milliseconds. */
const ASKED: readonly (readonly [path: string, everyMs: number])[] = [
  ['/queue', 3000],
  ['/queue/history', 10_000],
  [`/cancellations?status=failed,expired&retried=false&createdAfter=${HOUR_AGO}&limit=200`, 30_000],
];

/**
 * Measures one process without readers beside the same one while it answers what `BROWSERS` operators' pages ask for, in
 * turns, and writes the section unless `extent.quick`.
 */
export async function benchBrowsers(program: Program, page: string, extent: Extent): Promise<void> {
  const { stage, stopwatch } = await stopwatchStage(program, extent);
  const service = await stage.service({ roles: 'api,worker,documents', stubUrl: stopwatch.url });
  const cost = (samples: number) => stopCost(stage, stopwatch, service, samples);
  await cost(WARM_UP);
  const samples = stage.choose(SAMPLES, QUICK_SAMPLES);
  const { none, open } = await takeTurns(stage, 'browsers', {
    none: () => cost(samples),
    open: async () => {
      const close = await openPages(service.url, stage.authorization);
      try {
        return await cost(samples);
      } finally {
        close();
      }
    },
  });
  const table = stopCostTable(none, open, ['no page', `${BROWSERS} pages`]);
  program.write(table);
  if (!extent.quick) await writeSection(page, MARK, table);
}

/** @returns closes them */
async function openPages(url: string, authorization: string): Promise<() => void> {
  const closing = new AbortController();
  const init = { headers: { authorization }, signal: closing.signal };
  const ask = async (path: string): Promise<void> => {
    const response = await fetch(url + path, init);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
  };
  const timers: NodeJS.Timeout[] = [];
  for (const [path, everyMs] of ASKED) {
    await ask(path);
    // As people open them: not all at once.
    const intervalMs = everyMs / BROWSERS;
    timers.push(setInterval(() => void ask(path).catch(() => undefined), intervalMs));
  }
  return () => {
    for (const timer of timers) clearInterval(timer);
    closing.abort();
  };
}
