import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Program } from '../../src/demo/program.js';
import { markdownTable } from '../support/markdown-table.js';
import { writeSection } from '../support/marked-section.js';
import { Cores } from './cores.js';
import { stopTimes } from './measure/idle-stops.js';
import { knownCpuMsOf } from './measure/process-usage.js';
import { median } from './results/statistics.js';
import { Stage } from './stage.js';
import type { RunningService } from './stage.js';
import { takeTurns } from './turns.js';

const MARK = 'cost-of-traces';
const WARM_UP = 100;
const SAMPLES = 200;
const QUICK_SAMPLES = 40;

interface Cost {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the whole process per stop. */
  readonly cpuMs: number;
}

const QUANTITIES: readonly (readonly [name: string, of: keyof Cost])[] = [
  ['time to stop, p50, ms', 'p50Ms'],
  ['time to stop, p99, ms', 'p99Ms'],
  ['processor time per stop, ms', 'cpuMs'],
];

/**
 * Measures one process without traces beside one that records all of them, in turns, and writes the section unless
 * `quick`.
 */
export async function benchTraces(
  program: Program,
  page: string,
  { rounds, quick }: { readonly rounds: number; readonly quick: boolean },
): Promise<void> {
  const cores = await Cores.find();
  await cores?.move(process.pid, 'load');
  const stage = await Stage.open(program, { cores, quick, rounds });
  const stopwatch = await stage.run('stopwatch', 'load');
  const own = { roles: 'api,worker,documents', stubUrl: stopwatch.url };
  const off = await stage.service(own);
  const on = await stage.service({ ...own, secondDatabase: true, collectorUrl: await collector(program) });

  const costOf = async ({ url, child: { pid = 0 } }: RunningService, samples: number): Promise<Cost> => {
    const before = await knownCpuMsOf(pid);
    const times = await stopTimes(stage, stopwatch, url, samples);
    return { ...times, cpuMs: ((await knownCpuMsOf(pid)) - before) / samples };
  };
  for (const service of [off, on]) await costOf(service, WARM_UP);
  const samples = stage.choose(SAMPLES, QUICK_SAMPLES);
  const measured = await takeTurns(stage, 'traces', {
    off: () => costOf(off, samples),
    on: () => costOf(on, samples),
  });
  const table = costTable(measured);
  program.write(table);
  if (!quick) await writeSection(page, MARK, table);
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

/** The ratio is that of the same round, which met the same machine. */
function costTable({ off, on }: Readonly<Record<'off' | 'on', readonly Cost[]>>): string {
  const rows = QUANTITIES.map(([name, of]) => {
    const ratios = on.map((cost, round) => cost[of] / (off[round]?.[of] ?? Number.NaN));
    const [without, with_] = [off, on].map((costs) => median(costs.map((cost) => cost[of])).toFixed(2));
    return [name, without ?? '', with_ ?? '', median(ratios).toFixed(2)];
  });
  const head = ['median of the rounds', 'off', 'all recorded', 'ratio'];
  return markdownTable([head, ...rows], (column) => (column === 0 ? 'left' : 'right'));
}
