import { ApiError } from '../platform/http/problems/api-error.js';
import { PROBLEMS } from '../problems/catalogue.js';

/** Redis is out of reach or refused the command: nothing was queued. */
export const queueUnavailable = (cause?: Error): ApiError =>
  new ApiError(PROBLEMS.queue_unavailable, 'the queue is unavailable; ask again shortly', { cause });

/** Redis was asked to queue something and has not answered, so it may have been queued. */
export const queueAnswerLost = (cause?: Error): ApiError =>
  new ApiError(
    PROBLEMS.queue_answer_lost,
    'Redis did not answer in time, so this may have been queued. Ask again: the same stream, or the same ' +
      'Idempotency-Key, returns the same cancellation',
    { cause },
  );
