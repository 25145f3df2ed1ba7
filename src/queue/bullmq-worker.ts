import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'bullmq';
import type { SharedClock } from '../platform/redis/shared-clock.js';

/** How long a worker waits after Redis refused its request for a job, because BullMQ asks again at once. */
const REFUSED_PAUSE_MS = 1000;

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
 * Retention and callers go by when a job finished, so it is the shared clock that tells. BullMQ reads the machine's
 * clock.
 */
function finishByClock(worker: Worker, clock: WorkerChanges['clock']): void {
  const backend = worker.backend as unknown as Finishing;
  const argsOf = backend.moveToFinishedArgs.bind(backend);
  backend.moveToFinishedArgs = (...args) => argsOf(...args.with(FINISHED_AT, clock.now()));
}
