import { systemClock } from './clock.js';
import { Due } from './due.js';
import { isIdle } from './idle-minutes.js';

const TICK_MS = 10;

/** With more unanswered requests the service is clearly too slow; they would only fill this process. */
const MOST_UNDER_WAY = 1000;

export interface Pace {
  readonly rate: number;
  readonly minutes: number;
  readonly soak: boolean;
  readonly signal: AbortSignal;
}

export interface Asked {
  readonly asked: number;
  /** Due but never requested, because too many were under way or this process was held up. */
  readonly missed: number;
}

/** Calls `ask` at the rate and waits for the last answer. @throws the first error of `ask` */
export async function askAtRate(
  { rate, minutes, soak, signal }: Pace,
  ask: () => Promise<void>,
  clock = systemClock,
): Promise<Asked> {
  const due = new Due(rate);
  const underWay = new Set<Promise<void>>();
  const failed = new AbortController();
  const start = clock.now();
  let [asked, last] = [0, start];
  while (last - start < minutes * 60_000) {
    await clock.wait(TICK_MS, signal);
    failed.signal.throwIfAborted();
    const now = clock.now();
    if (!soak || !isIdle(now - start)) due.pass(now - last);
    last = now;
    while (underWay.size < MOST_UNDER_WAY && due.take()) {
      const asking = ask()
        .catch((error: unknown) => failed.abort(error))
        .finally(() => underWay.delete(asking));
      underWay.add(asking);
      asked += 1;
    }
  }
  await Promise.all(underWay);
  failed.signal.throwIfAborted();
  return { asked, missed: due.missed };
}
