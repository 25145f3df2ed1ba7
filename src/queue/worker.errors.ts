/** The job is no longer this worker's: another one carries it on. */
export class LockLostError extends Error {
  override readonly name = 'LockLostError';

  constructor(cancellationId: string) {
    super(`the lock of ${cancellationId} was lost`);
  }
}

/** The worker has not asked for a job for so long, although it could have, that it never will again. */
export class WorkerStuckError extends Error {
  override readonly name = 'WorkerStuckError';

  constructor(seconds: number) {
    super(`the worker has asked for no job for ${seconds} s, although Redis answered and it had a free slot`);
  }
}

/** BullMQ's loop ended although nobody had told it to stop. */
export class WorkerLoopEndedError extends Error {
  override readonly name = 'WorkerLoopEndedError';

  constructor(cause?: unknown) {
    super("the worker's loop ended by itself", { cause });
  }
}
