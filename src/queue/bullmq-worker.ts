import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'bullmq';
import type { SharedClock } from '../platform/redis/shared-clock.js';

/** How long a worker waits after Redis refused its request for a job, because BullMQ asks again at once. */
const REFUSED_PAUSE_MS = 1000;

/** How long Redis may hold a blocking command: 10 s at most, and a second to send it. */
const ABANDONED_MS = 11_000;

/** How often a worker looks for a job while it cannot wait for one. */
const LOOK_EVERY_MS = 500;

/** BullMQ's own, `protected` in its types: the seventh argument is when the job finished. */
interface Finishing {
  moveToFinishedArgs: (...args: unknown[]) => unknown[];
}

const FINISHED_AT = 6;

export interface WorkerChanges {
  readonly clock: Pick<SharedClock, 'now'>;
  /**
   * Called after each answer of Redis to a request for a job: at once if there is a job or none, after the pause if it
   * was refused.
   */
  readonly onAnswer: () => void;
}

/**
 * All that is changed in BullMQ's worker, because BullMQ has no option for it, and no event for an answer without a
 * job. `bullmq-worker.integration.ts` and `worker-on-cluster.integration.ts` fail when BullMQ no longer calls what is
 * replaced here.
 */
export function changeWorker(worker: Worker, { clock, onAnswer }: WorkerChanges): void {
  changeAsking(worker, onAnswer);
  changeWaiting(worker);
  finishByClock(worker, clock);
}

function changeAsking(worker: Worker, onAnswer: () => void): void {
  // A job that is fetched together with the end of another one.
  worker.on('active', onAnswer);
  const { backend } = worker;
  const moveToActive = backend.moveToActive.bind(backend);
  backend.moveToActive = async (...args) => {
    try {
      return await moveToActive(...args);
    } catch (error) {
      await setTimeout(REFUSED_PAUSE_MS);
      throw error;
    } finally {
      onAnswer();
    }
  };
}

/**
 * On a cluster, a worker does not wait for its blocking connection, but looks for jobs until it is sure of it. BullMQ
 * would wait for `Cluster.connect()`, which never settles if the nodes do not agree at the first attempt.
 *
 * Once connected, ioredis also sends the blocking command again that BullMQ has abandoned. It takes the news of the next
 * job, and nobody hears its answer.
 */
function changeWaiting({ backend }: Worker): void {
  const reconnect = backend.reconnectBlocking.bind(backend);
  const waitForJob = backend.waitForJob.bind(backend);
  let looksUntil = -Infinity;
  backend.reconnectBlocking = async () => {
    const client = await backend.blockingClient;
    if (client?.isCluster !== true) return reconnect();
    looksUntil = Infinity;
  };
  backend.waitForJob = async (seconds) => {
    const client = await backend.blockingClient;
    if (client === undefined || performance.now() >= looksUntil) return waitForJob(seconds);
    // BullMQ has closed it. In any other state, ioredis connects by itself.
    if (client.status === 'end' || client.status === 'close') client.connect().catch(() => undefined);
    if (client.status === 'ready') looksUntil = Math.min(looksUntil, performance.now() + ABANDONED_MS);
    await setTimeout(Math.min(seconds * 1000, LOOK_EVERY_MS));
    return null;
  };
}

/**
 * Retention and callers go by when a job finished, so it is the shared clock that tells. BullMQ reads the machine's
 * clock.
 */
function finishByClock(worker: Worker, clock: WorkerChanges['clock']): void {
  const backend = worker.backend as unknown as Finishing;
  const argsOf = backend.moveToFinishedArgs.bind(backend);
  backend.moveToFinishedArgs = (...args) => argsOf(...args.with(FINISHED_AT, clock.now()));
}
