import type { Program } from '../program.js';
import type { RowResult } from './page.js';
import type { BenchRow } from './rows/row.js';
import { Stage } from './stage.js';
import type { StageSettings } from './stage.js';

const LIMIT_MS = 1_200_000;

/** A row that fails is told of in the table: the others count all the same. */
export async function measureRow(
  row: BenchRow,
  program: Program,
  settings: StageSettings,
): Promise<RowResult> {
  const { name, title, about } = row;
  program.write(`${title} (${name}) ...`);
  const start = performance.now();
  const part = program.part(AbortSignal.timeout(LIMIT_MS));
  const result = (outcomes: RowResult['outcomes'], breakdowns: RowResult['breakdowns'] = []): RowResult => ({
    name,
    title,
    about,
    tookMs: performance.now() - start,
    outcomes,
    breakdowns,
  });
  try {
    const stage = await Stage.open(part, settings);
    const outcomes = await row.measure(stage);
    return result(outcomes, await row.explain?.(stage, outcomes));
  } catch (error) {
    program.signal.throwIfAborted();
    return result([{ what: title, ceiling: '–', reason: (error as Error).message }]);
  } finally {
    await part.end();
  }
}
