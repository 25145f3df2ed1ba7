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

/** No such cancellation: never accepted, or forgotten after `RETENTION_HOURS`. */
export class CancellationNotFoundError extends Error {
  override readonly name = 'CancellationNotFoundError';

  constructor(id: string) {
    super(`there is no cancellation ${id}; finished ones are forgotten after a while`);
  }
}

/** Redis did not answer in time; nothing was queued. */
export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';

  constructor(override readonly cause?: Error) {
    super('the queue cannot be reached; nothing was done, try again shortly');
  }
}
