import { setTimeout as delay } from 'node:timers/promises';
import type { ClosedGate } from '../../src/gate/project-gates.js';
import type { ClosedState } from '../../src/cancellation/project-states.js';

/** From Redis, where it costs the service nothing. */
const LOOKS_AFTER_MS = 100;

/** For how long the project was kept from sending until `over`, by why, in seconds. */
export type ClosedSeconds = ReadonlyMap<ClosedState, number>;

export async function closedSeconds(
  over: AbortSignal,
  gates: () => Promise<readonly Pick<ClosedGate, 'state'>[]>,
): Promise<ClosedSeconds> {
  const seconds = new Map<ClosedState, number>();
  let last = performance.now();
  while (!over.aborted) {
    await delay(LOOKS_AFTER_MS, undefined, { signal: over }).catch(() => undefined);
    const [gate] = await gates();
    const now = performance.now();
    if (gate !== undefined) seconds.set(gate.state, (seconds.get(gate.state) ?? 0) + (now - last) / 1000);
    last = now;
  }
  return seconds;
}
