import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';

const KEYS_AT_ONCE = 1000;

/** No request takes as long to get to Redis. */
const LOOKS_AGAIN_AFTER_MS = 200;

/**
 * How many wait in a queue once nothing is added any more: requests whose answers a load has not waited for are
 * carried out all the same.
 *
 * @param queue what its keys begin with
 */
export async function waitingIn(redis: Redis, queue: string): Promise<number> {
  for (let before = -1; ;) {
    const waiting = await redis.llen(`${queue}:wait`);
    if (waiting === before) return waiting;
    before = waiting;
    await delay(LOOKS_AGAIN_AFTER_MS);
  }
}

/**
 * Takes back what was added to a queue last, which BullMQ's own removal would look for among all that waits.
 *
 * @param left how many are to wait yet
 */
export async function takeBack(redis: Redis, queue: string, left = 0): Promise<void> {
  const waiting = `${queue}:wait`;
  const added = (await waitingIn(redis, queue)) - left;
  if (added <= 0) return;
  // BullMQ adds to the head of the list, and workers take from its tail.
  const ids = await redis.lrange(waiting, 0, added - 1);
  await redis.ltrim(waiting, added, -1);
  await removeJobs(redis, queue, ids);
}

/** Removes what is kept of those that have come to their end. */
export async function removeFinished(redis: Redis, queue: string): Promise<void> {
  for (const ended of [`${queue}:completed`, `${queue}:failed`]) {
    await removeJobs(redis, queue, await redis.zrange(ended, 0, '-1'));
    await redis.unlink(ended);
  }
}

/** Removes all keys that begin so. */
export async function removeKeys(redis: Redis, beginning: string): Promise<void> {
  for await (const found of redis.scanStream({ match: `${beginning}*`, count: KEYS_AT_ONCE })) {
    const keys = found as string[];
    if (keys.length > 0) await redis.unlink(keys);
  }
}

/** Each, and the key by which its stream has no second one. */
async function removeJobs(redis: Redis, queue: string, ids: readonly string[]): Promise<void> {
  for (let done = 0; done < ids.length; done += KEYS_AT_ONCE) {
    const jobs = ids.slice(done, done + KEYS_AT_ONCE).map((id) => `${queue}:${id}`);
    const pipeline = redis.pipeline();
    for (const job of jobs) pipeline.hget(job, 'deid');
    const streams = ((await pipeline.exec()) ?? []).map(([, id]) => `${queue}:de:${String(id)}`);
    await redis.unlink(...jobs, ...streams);
  }
}
