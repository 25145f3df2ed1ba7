/** The POST, SignalWire's fetch and its evidence take a second together unless something is slow. */
const LAST_TRY_MS = 1000;

/** How long before the deadline the last attempt starts, of a cancellation that has `totalMs` in all. */
export const lastTryMs = (totalMs: number): number => Math.min(LAST_TRY_MS, Math.floor(totalMs / 4));
