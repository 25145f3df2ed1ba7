import type { Program } from '../../src/demo/program.js';
import type { Outcome } from './comparison.js';
import type { Explanation, RowResult } from './page.js';
import type { BenchRow } from './rows/row.js';
import { Stage } from './stage.js';
import type { StageSettings } from './stage.js';

const LIMIT_MS = 1_500_000;

/** A row that fails is told of in the table: the others count all the same. */
export async function measureRow(
  row: BenchRow,
  program: Program,
  settings: StageSettings,
): Promise<RowResult> {
  const { name, title, about, isInBrief = false } = row;
  program.write(`${title} (${name}) ...`);
  const start = performance.now();
  const part = program.part(AbortSignal.timeout(LIMIT_MS));
  const result = (
    outcomes: readonly Outcome[],
    explanation: Explanation = { breakdowns: [] },
  ): RowResult => ({
    name,
    title,
    about,
    isInBrief,
    tookMs: performance.now() - start,
    outcomes,
    ...explanation,
  });
  try {
    const stage = await Stage.open(part, settings);
    const outcomes = await row.measure(stage);
    return result(outcomes, await explained(row, stage, outcomes));
  } catch (error) {
    program.signal.throwIfAborted();
    return result([{ what: title, ceiling: '–', reason: (error as Error).message }]);
  } finally {
    await part.end();
  }
}

/** What was measured counts as well where it cannot be explained. */
async function explained(row: BenchRow, stage: Stage, outcomes: readonly Outcome[]): Promise<Explanation> {
  try {
    return { breakdowns: (await row.explain?.(stage, outcomes)) ?? [] };
  } catch (error) {
    return { breakdowns: [], notExplained: (error as Error).message };
  }
}
