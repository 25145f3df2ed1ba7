import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { StoredCancellation } from '../../../src/cancellation/stored-cancellation.js';
import { readEnvironment } from '../../../src/config/environment.js';
import { ServiceEnvironment } from '../../../src/config/service.environment.js';
import { jobOf } from '../../../src/queue/cancellations.js';
import { CANCELLATIONS_QUEUE } from '../../../src/queue/cancellations.queue.js';
import { listKey } from '../../../src/queue/listing/layout.js';
import { Listing } from '../../../src/queue/listing/listing.js';
import { memoryOf } from '../measure/redis-usage.js';
import { madeCancellation } from './made-cancellations.js';

const AT_ONCE = 1000;

/**
 * Fills Redis with cancellations that have ended. The product's own code lists them; their jobs are written as BullMQ
 * keeps them, because a worker would take an hour.
 *
 * @param now when the newest was accepted, in epoch ms
 * @returns the memory of the list per cancellation, in bytes
 */
export async function fillLists(
  redis: Redis,
  variables: Readonly<Record<string, string>>,
  count: number,
  now: number,
): Promise<number> {
  const environment = readEnvironment(ServiceEnvironment, variables);
  const listing = new Listing(redis, environment);
  const queue = new Queue(CANCELLATIONS_QUEUE, { connection: redis, prefix: environment.QUEUE_PREFIX });
  for (let start = 0; start < count; start += AT_ONCE) {
    const made = Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, index) =>
      madeCancellation(start + index, count, now),
    );
    const placed = await listing.enter(made);
    const stored = made.map((one, index) => ({ ...one, data: placed[index]?.data ?? one.data }));
    const jobs = redis.pipeline();
    for (const one of stored) jobs.hset(queue.toKey(one.id), jobFields(one));
    await Promise.all([jobs.exec(), ...stored.map((one) => listing.write(one))]);
  }
  const bytes = await memoryOf(redis, `${listKey(environment.QUEUE_PREFIX)}:*`);
  await queue.close();
  return bytes / count;
}

function jobFields(stored: StoredCancellation): Record<string, string | number> {
  const { name, data, opts } = jobOf(stored);
  const { record, finishedAt, failedReason } = stored;
  return {
    name,
    data: JSON.stringify(data),
    opts: JSON.stringify(opts),
    timestamp: data.createdAt,
    delay: 0,
    priority: 0,
    ats: 1,
    atm: 1,
    progress: JSON.stringify(record),
    ...(finishedAt !== null && { finishedOn: finishedAt, processedOn: finishedAt }),
    ...(finishedAt !== null && failedReason === null && { returnvalue: '{}' }),
    ...(failedReason !== null && { failedReason }),
  };
}
