import { Queue } from 'bullmq';
import { v7 as uuidv7 } from 'uuid';
import {
  CANCEL_STREAM_JOB,
  CANCELLATIONS_QUEUE,
  streamKey,
} from '../../cancellations/cancellations.queue.js';
import type { CancellationData } from '../../cancellations/cancellations.queue.js';
import { GUIDE_THEN } from '../../documents/verbs.js';

const DAY_MS = 86_400_000;
const BULK = 2000;

/** Of the ceilings' keys: as long as ours, since what a service is called is no cost of what it does. */
export const BARE_PREFIX = '{bench-plain}';

const dataOf = (callSid: string) =>
  ({
    project: 'default',
    callSid,
    strategy: 'auto',
    then: GUIDE_THEN,
    createdAt: Date.now(),
    deadline: Date.now() + DAY_MS,
    streamName: 'stream',
    mayUseStreamResource: true,
  }) satisfies CancellationData;

/** What the ceilings queue: the data of a cancellation, and BullMQ's own defaults for all else. */
export const bareJob = (callSid: string) => ({ name: CANCEL_STREAM_JOB, data: dataOf(callSid) });

/** What the API queues, see `enqueueing.ts`. */
function ourJob(callSid: string) {
  const data = dataOf(callSid);
  const opts = { jobId: uuidv7(), deduplication: { id: streamKey(data) } };
  return { name: CANCEL_STREAM_JOB, data, opts };
}

export interface Fill {
  readonly redisUrl: string;
  readonly count: number;
  /** Begins the sid of every call. */
  readonly name: string;
}

/** Cancellations that wait for a worker, or are not due for a day. */
export function fillOurs({
  prefix,
  delayed = false,
  ...fill
}: Fill & { prefix: string; delayed?: boolean }): Promise<void> {
  const delay = delayed ? { delay: DAY_MS } : {};
  return addAll(fill, CANCELLATIONS_QUEUE, prefix, (callSid) => {
    const job = ourJob(callSid);
    return { ...job, opts: { ...job.opts, ...delay } };
  });
}

export const fillBare = ({ queue, ...fill }: Fill & { queue: string }): Promise<void> =>
  addAll(fill, queue, BARE_PREFIX, bareJob);

async function addAll(
  { redisUrl, count, name }: Fill,
  queueName: string,
  prefix: string,
  jobOf: (callSid: string) => ReturnType<typeof bareJob>,
): Promise<void> {
  const queue = new Queue<CancellationData>(queueName, { connection: { url: redisUrl }, prefix });
  try {
    for (let added = 0; added < count; added += BULK) {
      const size = Math.min(BULK, count - added);
      await queue.addBulk(Array.from({ length: size }, (_, index) => jobOf(`${name}-${added + index}`)));
    }
  } finally {
    await queue.close();
  }
}

/** Removes what waits, and leaves the rest of the queue as it is. */
export async function drainOurs(redisUrl: string, prefix: string): Promise<void> {
  const queue = new Queue(CANCELLATIONS_QUEUE, { connection: { url: redisUrl }, prefix });
  await queue.drain();
  await queue.close();
}
