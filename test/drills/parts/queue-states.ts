import { Queue } from 'bullmq';
import type { JobType } from 'bullmq';
import { validate as isUuid } from 'uuid';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE } from '../../../src/queue/cancellations.queue.js';

/** A command that adds a cancellation to the queue contains this text. */
export const JOB_NAME = CANCEL_STREAM_JOB;

export const QUEUE_PREFIX = '{streamstop-drill}';

const STATES: readonly JobType[] = ['waiting', 'active', 'delayed', 'prioritized', 'completed', 'failed'];

/** The ids of all cancellations in Redis; the service's own jobs have ids of another form. */
export const allJobs = async (redisUrl: string): Promise<string[]> =>
  [...(await statesIn(redisUrl)).keys()].filter((id) => isUuid(id));

/** The states of each job in the queue; more than one is wrong. */
export async function statesIn(redisUrl: string): Promise<Map<string, string[]>> {
  const queue = new Queue(CANCELLATIONS_QUEUE, {
    connection: { url: redisUrl },
    prefix: QUEUE_PREFIX,
    skipMetasUpdate: true,
  });
  queue.on('error', () => undefined);
  try {
    const states = new Map<string, string[]>();
    for (const state of STATES)
      for (const id of await queue.getRanges([state], 0, -1))
        states.set(id, [...(states.get(id) ?? []), state]);
    return states;
  } finally {
    await queue.close();
  }
}
