import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'bullmq';
import type { SharedClock } from '../platform/redis/shared-clock.js';

/** How long a worker waits after Redis refused its request for a job, because BullMQ asks again at once. */
const REFUSED_PAUSE_MS = 1000;

/** How long a worker waits for its blocking connection before it asks for a job without one. */
const RECONNECT_MS = 5000;

/** How long a question for the next job is under way, which Redis answers within 10 s. */
const OLD_QUESTION_MS = 11_000;

/** How often a worker looks for a job by itself. */
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
 * job. `bullmq-worker.integration.ts` fails when BullMQ no longer calls what is replaced here.
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
 * A worker whose question for the next job stays without an answer connects again. On a cluster, BullMQ waits for
 * `Cluster.connect()`, which never settles if the nodes do not agree yet: ioredis then connects again by itself, and
 * only tells that it is ready. ioredis also sends the old question again, and nobody hears its answer. So the worker
 * looks for jobs by itself until that one is over.
 */
function changeWaiting({ backend }: Worker): void {
  const reconnect = backend.reconnectBlocking.bind(backend);
  const waitForJob = backend.waitForJob.bind(backend);
  let oldQuestionUntil = -Infinity;
  backend.reconnectBlocking = async () => {
    const client = await backend.blockingClient;
    if (client?.isCluster !== true) return reconnect();
    oldQuestionUntil = performance.now() + OLD_QUESTION_MS;
    const ready = once(client as unknown as EventEmitter, 'ready', {
      signal: AbortSignal.timeout(RECONNECT_MS),
    });
    // A node that closes late turns `end` into `close`, in which nothing else happens.
    const connected = client.status === 'close' ? client.connect() : reconnect();
    await Promise.race([connected, ready]);
  };
  backend.waitForJob = async (seconds) => {
    if (performance.now() >= oldQuestionUntil) return waitForJob(seconds);
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
