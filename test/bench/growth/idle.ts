import { stopChild } from '../child.js';
import { removeFinished, takeBack } from '../clearing.js';
import { linesOf } from '../comparison.js';
import type { Comparison, Outcome } from '../comparison.js';
import { compareStops, stoppingService, stopsBy } from '../idle-stops.js';
import { ourQueue } from '../jobs.js';
import { USAGE_IS_KNOWN, USAGE_IS_UNKNOWN } from '../process-usage.js';
import { measureStart, startOurs, startQuantitiesOf } from '../rows/start.js';
import type { Started } from '../rows/start.js';
import type { Stage } from '../stage.js';
import { takeTurns } from '../turns.js';
import { CEILING, MORE_GOAL, named } from './sides.js';
import type { Prefixes } from './sides.js';

/** The start and the memory of a service with so many that are not due yet. */
export async function startAt(stage: Stage, count: number, { filled, empty }: Prefixes): Promise<Outcome[]> {
  const what = `one process, all roles, ${named(count)} waiting`;
  if (!USAGE_IS_KNOWN) return [{ what, ceiling: CEILING, reason: USAGE_IS_UNKNOWN }];
  const { url: stubUrl } = await stage.run('stub', 'stub');
  const measure = async (prefix: string): Promise<Started> => {
    const started = await measureStart(stage, () => startOurs(stage, stubUrl, prefix));
    await takeBack(stage.redis, ourQueue(prefix));
    await removeFinished(stage.redis, ourQueue(prefix));
    return started;
  };
  const rounds = await takeTurns(stage, `growth, start with ${named(count)} that are delayed`, {
    ours: () => measure(filled),
    theirs: () => measure(empty),
  });
  return startQuantitiesOf({ what, ceiling: CEILING, rounds, goal: MORE_GOAL });
}

/** How soon an idle service with so many that are not due yet stops a stream. */
export async function stopsAt(
  stage: Stage,
  count: number,
  { filled, empty }: Prefixes,
): Promise<Comparison[]> {
  const stopwatch = await stage.run('stopwatch', 'load');
  const ours = await stoppingService(stage, stopwatch, filled);
  const theirs = await stoppingService(stage, stopwatch, empty);
  const name = `growth, stops with ${named(count)} that are delayed`;
  const both = [stopsBy(stage, ours), stopsBy(stage, theirs)] as const;
  const times = await compareStops(stage, name, stopwatch, both);
  for (const { child } of [ours, theirs, stopwatch]) await stopChild(child);
  const reaction = { what: `202 to the POST, ${named(count)} waiting`, ceiling: CEILING, goal: MORE_GOAL };
  const stop = { ...reaction, what: `request to document, ${named(count)} waiting` };
  return [
    { ...reaction, quantity: 'p50, ms', ...linesOf(times, 'toPostP50') },
    { ...reaction, quantity: 'p99, ms', ...linesOf(times, 'toPostP99') },
    { ...stop, quantity: 'p50, ms', ...linesOf(times, 'toDocumentP50') },
    { ...stop, quantity: 'p99, ms', ...linesOf(times, 'toDocumentP99') },
  ];
}
