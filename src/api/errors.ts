import { ApiError } from '../platform/http/api-error.js';
import { cut } from '../platform/http/cut.js';

const MAX_ID_LENGTH = 64;

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

/** No such cancellation: never accepted, or forgotten after `RETENTION_HOURS`. */
export class CancellationNotFoundError extends ApiError {
  override readonly name = 'CancellationNotFoundError';
  readonly status = 404;
  readonly code = 'cancellation_not_found';

  constructor(id: string) {
    super(`there is no cancellation ${cut(id, MAX_ID_LENGTH)}; finished ones are forgotten after a while`);
  }
}

/** All streams of a call are to be stopped, and none is known. */
export class NoKnownStreamsError extends ApiError {
  override readonly name = 'NoKnownStreamsError';
  readonly status = 409;
  readonly code = 'no_known_streams';

  constructor() {
    super(
      'no stream of this call is known to be running; what teaches it are the status callbacks of streams that are started with statusCallback="PUBLIC_URL/laml/stream-status"',
    );
  }
}

/** All streams of a call are to be stopped, and that is more than one request stops. */
export class TooManyStreamsError extends ApiError {
  override readonly name = 'TooManyStreamsError';
  readonly status = 409;
  readonly code = 'too_many_streams';

  constructor(known: number, most: number) {
    super(
      `${known} streams of this call are known to be running, and one request stops at most ${most}: name them in streamNames, ${most} at a time`,
    );
  }
}

abstract class QueueError extends ApiError {
  readonly status = 503;
  readonly code = 'queue_unavailable';

  constructor(
    message: string,
    override readonly cause?: Error,
  ) {
    super(message);
  }
}

/** Redis cannot be reached, or refuses: nothing was queued. */
export class QueueUnavailableError extends QueueError {
  override readonly name = 'QueueUnavailableError';

  constructor(cause?: Error) {
    super('the queue cannot be used; try again shortly', cause);
  }
}

/** Redis was asked to queue a cancellation and has not answered, or not wholly, so that nobody knows whether it did. */
export class QueueAnswerLostError extends QueueError {
  override readonly name = 'QueueAnswerLostError';

  constructor(cause?: Error) {
    super(
      'the queue did not answer in time, or not wholly; the cancellation may have been queued, and is withdrawn as soon as it can be',
      cause,
    );
  }
}

/** The same, where the caller can ask again with his `Idempotency-Key`: what may have been queued is not withdrawn. */
export class KeyedQueueAnswerLostError extends QueueError {
  override readonly name = 'KeyedQueueAnswerLostError';

  constructor(cause?: Error) {
    super(
      'the queue did not answer in time, or not wholly; the cancellation may have been queued: ask again with the same Idempotency-Key',
      cause,
    );
  }
}

export class InvalidIdempotencyKeyError extends ApiError {
  override readonly name = 'InvalidIdempotencyKeyError';
  readonly status = 400;
  readonly code = 'invalid_idempotency_key';

  constructor() {
    super(
      'Idempotency-Key must be 1 to 255 printable ASCII characters, bare or as a quoted string (RFC 8941), such as a UUID',
    );
  }
}

/** The key came with another body before. */
export class IdempotencyKeyReusedError extends ApiError {
  override readonly name = 'IdempotencyKeyReusedError';
  readonly status = 422;
  readonly code = 'idempotency_key_reused';

  constructor() {
    super(
      'this Idempotency-Key came with another body before; send a new key, or the body that belongs to it',
    );
  }
}
