import type { Worker } from 'bullmq';
import type { SharedClock } from '../../platform/redis/shared-clock.js';

/** BullMQ's own, `protected` in its types: the seventh argument is when the job finished. */
interface Finishing {
  moveToFinishedArgs: (...args: unknown[]) => unknown[];
}

const FINISHED_AT = 6;

/**
 * Has BullMQ write down by the shared clock when a job finished, because retention and callers go by that. BullMQ reads the
 * machine's clock. `finish-time.integration.ts` fails when BullMQ no longer calls this.
 */
export function finishByClock(worker: Worker, clock: Pick<SharedClock, 'now'>): void {
  const backend = worker.backend as unknown as Finishing;
  const argsOf = backend.moveToFinishedArgs.bind(backend);
  backend.moveToFinishedArgs = (...args) => argsOf(...args.with(FINISHED_AT, clock.now()));
}
