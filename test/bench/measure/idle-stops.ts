import { ask } from '../child.js';
import type { Running } from '../child.js';
import type { StopwatchOrder, StopwatchResult } from '../programs/stopwatch.js';
import { percentile } from '../results/statistics.js';
import type { Stage } from '../stage.js';

export interface StopTimes {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** From request to document, for `samples` stops one after the other. */
export async function stopTimes(
  stage: Stage,
  stopwatch: Running,
  url: string,
  samples: number,
): Promise<StopTimes> {
  const order: StopwatchOrder = { url, authorization: stage.authorization, samples };
  const { toDocumentMs } = await ask<StopwatchResult>(stopwatch.child, order, stage.program.signal);
  return { p50Ms: percentile(toDocumentMs, 0.5), p99Ms: percentile(toDocumentMs, 0.99) };
}
