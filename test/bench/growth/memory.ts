import { ourQueue } from '../jobs.js';
import { memoryOf, memoryOfKeys } from '../redis-usage.js';
import type { Stage } from '../stage.js';

/** What each of those that wait takes on average, in bytes; the stream of events aside, which is as long for few as for many. */
export async function bytesOfWaiting({ redis }: Stage, prefix: string): Promise<number> {
  const queue = ourQueue(prefix);
  const [all, events] = [await memoryOf(redis, `${queue}:`), await memoryOfKeys(redis, [`${queue}:events`])];
  return (all - events) / (await redis.llen(`${queue}:wait`));
}

/** The same of the jobs of those that are finished. */
export async function bytesOfFinished({ redis }: Stage, prefix: string): Promise<number> {
  const queue = ourQueue(prefix);
  const ids = await redis.zrange(`${queue}:completed`, 0, '-1');
  const jobs = ids.map((id) => `${queue}:${id}`);
  return (await memoryOfKeys(redis, jobs)) / jobs.length;
}
