import { Redis } from 'ioredis';
import { QueueKeys } from 'bullmq';
import { validate as isUuid } from 'uuid';
import { CANCELLATIONS_QUEUE } from '../../src/queue/cancellations.queue.js';
import type { Cancellation } from '../../src/api/cancellation.js';
import type { QueueDepth } from '../../src/queue/queue-depth.js';
import { NotHeldError } from './drill.js';
import { QUEUE_PREFIX } from './stage.js';
import type { Stage } from './stage.js';

const ENDED: ReadonlySet<string> = new Set(['completed', 'failed']);

/** Waits until nothing accepted is open any more, or `limitMs` has passed. */
export async function settle(stage: Stage, limitMs: number): Promise<void> {
  try {
    await stage.until('the queue is empty', limitMs, async () => (await openJobs(stage)) === 0);
  } catch (error) {
    // What is still open then is told by name.
    if (!(error instanceof NotHeldError)) throw error;
  }
}

/** Not finished yet, in whatever state; infinite where that cannot be read. */
export async function openJobs(stage: Stage): Promise<number> {
  const { status, body } = await stage.caller.get('/queue');
  if (status !== 200) return Number.POSITIVE_INFINITY;
  const { counts } = body as unknown as QueueDepth;
  return Object.entries(counts).reduce((sum, [state, count]) => sum + (ENDED.has(state) ? 0 : count), 0);
}

/** The cancellation, once it has come to its end. @throws {NotHeldError} it did not within `limitMs` */
export async function cancellationOf(stage: Stage, id: string, limitMs = 30_000): Promise<Cancellation> {
  let found = undefined as Cancellation | undefined;
  await stage.until(`an end of ${id}`, limitMs, async () => {
    found = (await stage.caller.find([id])).get(id);
    return found !== undefined && found.finishedAt !== null;
  });
  return found as Cancellation;
}

/** How many jobs a worker has in its hands. */
export async function activeJobs(stage: Stage): Promise<number> {
  const { body } = await stage.caller.get('/queue');
  return (body as unknown as Partial<QueueDepth>).counts?.active ?? 0;
}

/** From `since`, in epoch ms, until the last of them was sent again or came to its end. */
export function takenUpAfter(cancellations: Iterable<Cancellation>, since: number): number {
  const moments = Array.from(cancellations, ({ attempts, finishedAt }) => {
    const times = [...attempts.map(({ startedAt }) => startedAt), finishedAt ?? ''].map(Date.parse);
    return Math.min(...times.filter((time) => time > since)) - since;
  });
  return Math.max(...moments.filter(Number.isFinite));
}

/** The ids of all cancellations in Redis, in whatever state; the service's own jobs have ids of another form. */
export const allJobs = async (redisUrl: string): Promise<string[]> =>
  [...(await statesIn(redisUrl)).keys()].filter((id) => isUuid(id));

/** Which sets of the queue hold each job. */
export async function statesIn(redisUrl: string): Promise<Map<string, string[]>> {
  const redis = new Redis(redisUrl, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  const keys = new QueueKeys(QUEUE_PREFIX).getKeys(CANCELLATIONS_QUEUE);
  try {
    const states = new Map<string, string[]>();
    for (const [name, members] of await Promise.all([
      ...['wait', 'active'].map((name) => redis.lrange(String(keys[name]), 0, -1).then(named(name))),
      ...['delayed', 'prioritized', 'completed', 'failed'].map((name) =>
        redis.zrange(String(keys[name]), '0', '-1').then(named(name)),
      ),
    ])) {
      for (const id of members) states.set(id, [...(states.get(id) ?? []), name]);
    }
    return states;
  } finally {
    redis.disconnect();
  }
}

const named =
  (name: string) =>
  (members: string[]): [string, string[]] => [name, members];
