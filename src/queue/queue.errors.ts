import { ApiError } from '../platform/http/api-error.js';

/** Redis is out of reach or refused the command: nothing was queued. */
export class QueueUnavailableError extends ApiError {
  override readonly name = 'QueueUnavailableError';
  readonly status = 503;
  readonly code = 'queue_unavailable';

  constructor(override readonly cause?: Error) {
    super('the queue is unavailable; ask again shortly');
  }
}

/** Redis was asked to queue something and has not answered, so it may have been queued. */
export class QueueAnswerLostError extends ApiError {
  override readonly name = 'QueueAnswerLostError';
  readonly status = 503;
  readonly code = 'queue_answer_lost';

  constructor(override readonly cause?: Error) {
    super(
      'Redis did not answer in time, so this may have been queued. Ask again: the same stream, or the same ' +
        'Idempotency-Key, returns the same cancellation',
    );
  }
}
