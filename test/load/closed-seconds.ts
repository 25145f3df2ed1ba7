import { setTimeout as delay } from 'node:timers/promises';

/** Rarely enough not to show in what the service uses. */
const LOOKS_AFTER_MS = 250;

/** For how many seconds the project was in each state other than `working`. */
export type ClosedSeconds = ReadonlyMap<string, number>;

/** @param state the project's state as `GET /queue` tells it; null if it cannot be read */
export async function closedSeconds(
  over: AbortSignal,
  state: () => Promise<string | null>,
): Promise<ClosedSeconds> {
  const seconds = new Map<string, number>();
  let last = performance.now();
  while (!over.aborted) {
    await delay(LOOKS_AFTER_MS, undefined, { signal: over }).catch(() => undefined);
    const found = await state();
    const now = performance.now();
    if (found !== null && found !== 'working')
      seconds.set(found, (seconds.get(found) ?? 0) + (now - last) / 1000);
    last = now;
  }
  return seconds;
}
