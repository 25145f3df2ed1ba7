import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Program } from '../../src/demo/program.js';
import { writeSection } from '../support/marked-section.js';
import { stopCost, stopCostTable, stopwatchStage } from './measure/stop-cost.js';
import type { Extent } from './measure/stop-cost.js';
import { takeTurns } from './turns.js';

const MARK = 'cost-of-traces';
const WARM_UP = 100;
const SAMPLES = 200;
const QUICK_SAMPLES = 40;

/**
 * Measures one process without traces beside one that records all of them, in turns, and writes the section unless
 * `quick`.
 */
export async function benchTraces(program: Program, page: string, extent: Extent): Promise<void> {
  const { stage, stopwatch } = await stopwatchStage(program, extent);
  const own = { roles: 'api,worker,documents', stubUrl: stopwatch.url };
  const off = await stage.service(own);
  const on = await stage.service({ ...own, secondDatabase: true, collectorUrl: await collector(program) });

  for (const service of [off, on]) await stopCost(stage, stopwatch, service, WARM_UP);
  const samples = stage.choose(SAMPLES, QUICK_SAMPLES);
  const measured = await takeTurns(stage, 'traces', {
    off: () => stopCost(stage, stopwatch, off, samples),
    on: () => stopCost(stage, stopwatch, on, samples),
  });
  const table = stopCostTable(measured.off, measured.on, ['off', 'all recorded']);
  program.write(table);
  if (!extent.quick) await writeSection(page, MARK, table);
}

/** Takes every span at once. */
async function collector(program: Program): Promise<string> {
  const server = createServer((request, response) => request.resume().on('end', () => response.end('{}')));
  await program.start(
    () => once(server.listen(0, '127.0.0.1'), 'listening'),
    async () => void server.close(),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
