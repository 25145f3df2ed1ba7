import type { Cancellation } from './parts/cancellation.js';
import { ExpectationError } from './drill.js';
import type { Stage } from './stage.js';

const FINISHED: ReadonlySet<string> = new Set(['completed', 'failed']);

/** `GET /queue`, as far as it is read here. */
interface QueueDepth {
  readonly counts: Readonly<Record<string, number>>;
}

/** Waits until nothing accepted is unfinished, or `limitMs` has passed. */
export async function settle(stage: Stage, limitMs: number): Promise<void> {
  try {
    await stage.until('the queue is empty', limitMs, async () => (await openJobs(stage)) === 0);
  } catch (error) {
    // The reconciliation names what is still open.
    if (!(error instanceof ExpectationError)) throw error;
  }
}

/** The number of unfinished jobs in any state; infinite if it cannot be read. */
export async function openJobs(stage: Stage): Promise<number> {
  const { status, body } = await stage.caller.get('/queue');
  if (status !== 200) return Number.POSITIVE_INFINITY;
  const { counts } = body as unknown as QueueDepth;
  return Object.entries(counts).reduce((sum, [state, count]) => sum + (FINISHED.has(state) ? 0 : count), 0);
}

/** The number of jobs that workers are running. */
export async function activeJobs(stage: Stage): Promise<number> {
  const { body } = await stage.caller.get('/queue');
  return (body as unknown as Partial<QueueDepth>).counts?.['active'] ?? 0;
}

/** The cancellation, once it is finished. @throws {ExpectationError} it is not within `limitMs` */
export async function finished(stage: Stage, id: string, limitMs = 30_000): Promise<Cancellation> {
  let found = undefined as Cancellation | undefined;
  await stage.until(`the end of ${id}`, limitMs, async () => {
    found = (await stage.caller.find([id])).get(id);
    return found !== undefined && found.finishedAt !== null;
  });
  return found as Cancellation;
}

/** From `since`, in epoch ms, until the last of them was sent again or finished. */
export function resumedAfter(cancellations: Iterable<Cancellation>, since: number): number {
  const moments = Array.from(cancellations, ({ attempts, finishedAt }) => {
    const times = [...attempts.map(({ startedAt }) => startedAt), finishedAt ?? ''].map(Date.parse);
    return Math.min(...times.filter((time) => time > since)) - since;
  });
  return Math.max(...moments.filter(Number.isFinite));
}
