import type { Program } from '../../../src/demo/program.js';
import { markdownTable } from '../../support/markdown-table.js';
import type { Running } from '../child.js';
import { Cores } from '../cores.js';
import { median } from '../results/statistics.js';
import { Stage } from '../stage.js';
import type { RunningService } from '../stage.js';
import { stopTimes } from './idle-stops.js';
import { knownCpuMsOf } from './process-usage.js';

/** What one stop takes of a process with all roles. */
export interface StopCost {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the whole process per stop. */
  readonly cpuMs: number;
}

const QUANTITIES: readonly (readonly [name: string, of: keyof StopCost])[] = [
  ['time to stop, p50, ms', 'p50Ms'],
  ['time to stop, p99, ms', 'p99Ms'],
  ['processor time per stop, ms', 'cpuMs'],
];

export interface Extent {
  readonly rounds: number;
  readonly quick: boolean;
}

/** What measures stops one at a time. */
export async function stopwatchStage(program: Program, { rounds, quick }: Extent) {
  const cores = await Cores.find();
  await cores?.move(process.pid, 'load');
  const stage = await Stage.open(program, { cores, quick, rounds });
  return { stage, stopwatch: await stage.run('stopwatch', 'load') };
}

/** Of `samples` stops one after the other. */
export async function stopCost(
  stage: Stage,
  stopwatch: Running,
  { url, child: { pid = 0 } }: RunningService,
  samples: number,
): Promise<StopCost> {
  const before = await knownCpuMsOf(pid);
  const times = await stopTimes(stage, stopwatch, url, samples);
  return { ...times, cpuMs: ((await knownCpuMsOf(pid)) - before) / samples };
}

/** The ratio is that of the same round, which met the same machine. */
export function stopCostTable(
  without: readonly StopCost[],
  with_: readonly StopCost[],
  heads: readonly [without: string, with_: string],
): string {
  const rows = QUANTITIES.map(([name, of]) => {
    const ratios = with_.map((cost, round) => cost[of] / (without[round]?.[of] ?? Number.NaN));
    const medians = [without, with_].map((costs) => median(costs.map((cost) => cost[of])).toFixed(2));
    return [name, ...medians, median(ratios).toFixed(2)];
  });
  const head = ['median of the rounds', ...heads, 'ratio'];
  return markdownTable([head, ...rows], (column) => (column === 0 ? 'left' : 'right'));
}
