/** An attempt failed and the next one is planned; BullMQ asks the error for the delay (`backoffStrategy`). */
export class RetryPlannedError extends Error {
  override readonly name = 'RetryPlannedError';

  constructor(
    message: string,
    readonly delayMs: number,
  ) {
    super(message);
  }
}

/** The job waits for something else than its own next attempt; none is used up. */
export class WaitPlannedError extends Error {
  override readonly name = 'WaitPlannedError';

  constructor(
    waitingFor: string,
    readonly delayMs: number,
  ) {
    super(`waits for ${waitingFor}`);
  }
}

/** The job is no longer this worker's: another one carries it on. */
export class LockLostError extends Error {
  override readonly name = 'LockLostError';

  constructor(cancellationId: string) {
    super(`the lock of ${cancellationId} was lost`);
  }
}

/** The worker has asked for no job for so long, although it could have, that it never will again. */
export class WorkerStuckError extends Error {
  override readonly name = 'WorkerStuckError';

  constructor(seconds: number) {
    super(`the worker has asked for no job for ${seconds} s, although Redis answered and it had a slot free`);
  }
}

/** A job lay in the queue for so long, although the worker could have taken it, that no cancellation is safe there. */
export class CanaryIgnoredError extends Error {
  override readonly name = 'CanaryIgnoredError';

  constructor(seconds: number) {
    super(
      `a canary job lay in the queue for ${seconds} s, although the worker asked for jobs and had a slot free`,
    );
  }
}

/** BullMQ's loop came to its end although nobody had told it to stop. */
export class WorkerLoopEndedError extends Error {
  override readonly name = 'WorkerLoopEndedError';

  constructor(cause?: unknown) {
    super("the worker's loop ended by itself", { cause });
  }
}
