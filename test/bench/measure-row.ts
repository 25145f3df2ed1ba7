import type { Program } from '../../src/demo/program.js';
import { missesGoal } from './results/comparison.js';
import type { Outcome } from './results/comparison.js';
import type { RowResult } from './results/page.js';
import type { BenchRow } from './rows/row.js';
import { Stage } from './stage.js';
import type { StageSettings } from './stage.js';

const LIMIT_MS = 900_000;

/** A row that fails is shown as not measured; the others still count. */
export async function measureRow(
  row: BenchRow,
  program: Program,
  settings: StageSettings,
): Promise<RowResult> {
  const { name, title, about } = row;
  program.write(`${title} (${name}) ...`);
  const start = performance.now();
  const part = program.part(AbortSignal.timeout(LIMIT_MS));
  const result = (
    outcomes: readonly Outcome[],
    explanation: Pick<RowResult, 'breakdowns' | 'notExplained'> = { breakdowns: [] },
  ): RowResult => ({ name, title, about, tookMs: performance.now() - start, outcomes, ...explanation });
  try {
    const stage = await Stage.open(part, settings);
    const outcomes = await row.measure(stage);
    return result(outcomes, await explained(row, stage, outcomes));
  } catch (error) {
    program.signal.throwIfAborted();
    return result([{ what: title, reason: (error as Error).message }]);
  } finally {
    await part.end();
  }
}

/** The measurements count even if they cannot be explained. */
async function explained(
  row: BenchRow,
  stage: Stage,
  outcomes: readonly Outcome[],
): Promise<Pick<RowResult, 'breakdowns' | 'notExplained'>> {
  if (!outcomes.some(missesGoal)) return { breakdowns: [] };
  try {
    return { breakdowns: (await row.explain?.(stage, outcomes)) ?? [] };
  } catch (error) {
    return { breakdowns: [], notExplained: (error as Error).message };
  }
}
