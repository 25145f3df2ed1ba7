import { setTimeout as delay } from 'node:timers/promises';

const TICK_MS = 10;

/** More that are not answered yet would say that the service does not keep up, and only fill this process. */
const MOST_UNDER_WAY = 1000;

/** A soak's minutes: each tenth one is idle. */
export const isIdle = (minute: number): boolean => minute % 10 === 9;

export interface Pace {
  readonly rate: number;
  readonly minutes: number;
  readonly soak: boolean;
  readonly signal: AbortSignal;
}

/** Starts `ask` so many times a second, and waits for the last answer. @returns how many were asked for */
export async function askAtRate(
  { rate, minutes, soak, signal }: Pace,
  ask: (number: number) => Promise<void>,
): Promise<number> {
  const underWay = new Set<Promise<void>>();
  let [asked, due] = [0, 0];
  const start = performance.now();
  let last = start;
  while (last - start < minutes * 60_000) {
    await delay(TICK_MS, undefined, { signal });
    const now = performance.now();
    if (!soak || !isIdle(Math.floor((now - start) / 60_000))) due += ((now - last) * rate) / 1000;
    last = now;
    while (asked < Math.floor(due) && underWay.size < MOST_UNDER_WAY) {
      const asking = ask((asked += 1)).finally(() => underWay.delete(asking));
      underWay.add(asking);
    }
  }
  await Promise.all(underWay);
  return asked;
}
