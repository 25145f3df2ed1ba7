import { Queue } from 'bullmq';
import type { JobType } from 'bullmq';
import { validate as isUuid } from 'uuid';
import { viewOf } from '../../../src/cancellation/view.js';
import type { CancellationView } from '../../../src/cancellation/view.js';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE } from '../../../src/queue/cancellations.queue.js';
import type { CancellationQueue } from '../../../src/queue/cancellations.queue.js';
import { storedCancellation } from '../../../src/queue/job-record.js';

/** A command that adds a cancellation to the queue contains this text. */
export const JOB_NAME = CANCEL_STREAM_JOB;

export const QUEUE_PREFIX = '{streamstop-drill}';

const STATES: readonly JobType[] = ['waiting', 'active', 'delayed', 'prioritized', 'completed', 'failed'];

/** The ids of all cancellations in Redis; the service's own jobs have ids of another form. */
export const allJobs = async (redisUrl: string): Promise<string[]> =>
  [...(await statesIn(redisUrl)).keys()].filter((id) => isUuid(id));

/** The states of each job in the queue; more than one is wrong. */
export function statesIn(redisUrl: string): Promise<Map<string, string[]>> {
  return withQueue(redisUrl, async (queue) => {
    const states = new Map<string, string[]>();
    for (const state of STATES)
      for (const id of await queue.getRanges([state], 0, -1))
        states.set(id, [...(states.get(id) ?? []), state]);
    return states;
  });
}

/** All cancellations, as their jobs tell. */
export function cancellationsIn(redisUrl: string): Promise<CancellationView[]> {
  return withQueue(redisUrl, async (queue) => {
    const views: CancellationView[] = [];
    for (const state of STATES)
      for (const job of await queue.getJobs([state], 0, -1))
        if (isUuid(job.id)) views.push(viewOf(storedCancellation(job, state === 'active'), []));
    return views;
  });
}

async function withQueue<T>(redisUrl: string, read: (queue: CancellationQueue) => Promise<T>): Promise<T> {
  const queue: CancellationQueue = new Queue(CANCELLATIONS_QUEUE, {
    connection: { url: redisUrl },
    prefix: QUEUE_PREFIX,
    skipMetasUpdate: true,
  });
  queue.on('error', () => undefined);
  try {
    return await read(queue);
  } finally {
    await queue.close();
  }
}
