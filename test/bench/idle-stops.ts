import { ask } from './child.js';
import type { StopwatchOrder, StopwatchResult } from './programs/stopwatch.js';
import { percentile } from './statistics.js';
import type { Running } from './running.js';
import type { Stage } from './stage.js';
import { takeTurns } from './turns.js';

const WARM_UP = 100;

export interface IdleTimes {
  readonly toPostP50: number;
  readonly toPostP99: number;
  readonly toDocumentP50: number;
  readonly toDocumentP99: number;
}

/** Stops one at a time, by something that has nothing else to do. */
export type Stops = StopwatchOrder extends infer Order
  ? Order extends unknown
    ? Omit<Order, 'samples'>
    : never
  : never;

/** A service of all roles, whose SignalWire is the stopwatch. */
export const stoppingService = (stage: Stage, stopwatch: Running, prefix: string): Promise<Running> =>
  stage.service({ roles: 'api,worker,documents', prefix, stubUrl: stopwatch.url });

/** By a service that is asked over HTTP. */
export const stopsBy = ({ authorization }: Stage, { url }: Running): Stops => ({
  kind: 'http',
  url,
  authorization,
});

/** Both of them in each round, after some to warm up. */
export async function compareStops(
  stage: Stage,
  name: string,
  stopwatch: Running,
  [ours, theirs]: readonly [Stops, Stops],
) {
  for (const stops of [ours, theirs]) await timesOf(stage, stopwatch, stops, stage.choose(WARM_UP, 10));
  const samples = stage.choose(400, 40);
  return takeTurns(stage, name, {
    ours: () => timesOf(stage, stopwatch, ours, samples),
    theirs: () => timesOf(stage, stopwatch, theirs, samples),
  });
}

async function timesOf(stage: Stage, { child }: Running, stops: Stops, samples: number): Promise<IdleTimes> {
  const order: StopwatchOrder = { ...stops, samples };
  const { toPost, toDocument } = await ask<StopwatchResult>(child, order, stage.program.signal);
  return {
    toPostP50: percentile(toPost, 0.5),
    toPostP99: percentile(toPost, 0.99),
    toDocumentP50: percentile(toDocument, 0.5),
    toDocumentP99: percentile(toDocument, 0.99),
  };
}
