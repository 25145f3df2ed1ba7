import { ApiError } from '../../platform/http/api-error.js';

/** The cancellation has ended, so there is nothing to withdraw. */
export class AlreadyFinishedError extends ApiError {
  override readonly name = 'AlreadyFinishedError';
  readonly status = 409;
  readonly code = 'already_finished';

  constructor(status: string) {
    super(
      `the cancellation has already ${status === 'expired' ? 'expired' : `ended as ${status}`}; there is nothing to withdraw`,
    );
  }
}

/** An update may be on its way to the call, and cannot be taken back. */
export class AttemptUnderWayError extends ApiError {
  override readonly name = 'AttemptUnderWayError';
  readonly status = 409;
  readonly code = 'attempt_under_way';

  constructor() {
    super('an attempt is under way; withdraw the cancellation again if it has not ended in a few seconds');
  }
}

/** Only what has come to nothing can be retried. */
export class NotRetryableError extends ApiError {
  override readonly name = 'NotRetryableError';
  readonly status = 409;
  readonly code = 'not_retryable';

  constructor(status: string) {
    super(`the cancellation is ${status}; only a failed, expired or withdrawn one can be retried`);
  }
}

/** The request named no address for a callback, and neither did its project. */
export class NoCallbackError extends ApiError {
  override readonly name = 'NoCallbackError';
  readonly status = 409;
  readonly code = 'no_callback';

  constructor() {
    super('the cancellation has no callbackUrl, so there is nothing to deliver');
  }
}

/** A callback reports the end of a cancellation. */
export class NotFinishedError extends ApiError {
  override readonly name = 'NotFinishedError';
  readonly status = 409;
  readonly code = 'not_finished';

  constructor() {
    super('the cancellation has not ended; its callback is delivered when it has');
  }
}
