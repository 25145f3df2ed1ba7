import { Queue } from 'bullmq';
import { v7 as uuidv7 } from 'uuid';
import { CANCEL_STREAM_JOB, CANCELLATIONS_QUEUE } from '../../src/queue/cancellations.queue.js';
import type { CancellationQueue } from '../../src/queue/cancellations.queue.js';
import type { CancellationData } from '../../src/cancellation/data.js';
import type { NewCancellation } from '../../src/cancellation/stored-cancellation.js';
import { jobOf } from '../../src/queue/cancellations.js';
import { GUIDE_THEN } from '../../src/cxml/verbs.js';

const DAY_MS = 86_400_000;
const BULK = 2000;

/** Of the ceilings' keys: as long as ours, since what a service is called is no cost of what it does. */
export const BARE_PREFIX = '{bench-plain}';

/** What all keys of a service's queue begin with. */
export const ourQueue = (prefix: string): string => `${prefix}:${CANCELLATIONS_QUEUE}`;

/** The same of a ceiling's. */
export const bareQueue = (queue: string): string => `${BARE_PREFIX}:${queue}`;

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
export const bareJob = (callSid: string) => ({
  name: CANCEL_STREAM_JOB as typeof CANCEL_STREAM_JOB,
  data: dataOf(callSid),
});

export interface Fill {
  readonly redisUrl: string;
  readonly count: number;
  /** Begins the sid of every call. */
  readonly name: string;
}

/** Cancellations that wait for a worker, or are not due for a day. */
export const fillOurs = ({
  prefix,
  delayed = false,
  ...fill
}: Fill & { prefix: string; delayed?: boolean }): Promise<void> =>
  addAll(fill, CANCELLATIONS_QUEUE, prefix, (queue, callSids) => {
    const entries = callSids.map((callSid) => ({ id: uuidv7(), data: dataOf(callSid) }));
    return queue.addBulk(entries.map(delayed ? delayedJob : jobOf));
  });

function delayedJob(entry: NewCancellation) {
  const { opts, ...job } = jobOf(entry);
  return { ...job, opts: { ...opts, delay: DAY_MS } };
}

export const fillBare = ({ queue: name, ...fill }: Fill & { queue: string }): Promise<void> =>
  addAll(fill, name, BARE_PREFIX, (queue, callSids) => queue.addBulk(callSids.map(bareJob)));

async function addAll(
  { redisUrl, count, name }: Fill,
  queueName: string,
  prefix: string,
  add: (queue: CancellationQueue, callSids: string[]) => Promise<unknown>,
): Promise<void> {
  const queue: CancellationQueue = new Queue(queueName, { connection: { url: redisUrl }, prefix });
  try {
    for (let added = 0; added < count; added += BULK) {
      const size = Math.min(BULK, count - added);
      await add(
        queue,
        Array.from({ length: size }, (_, index) => `${name}-${added + index}`),
      );
    }
  } finally {
    await queue.close();
  }
}
