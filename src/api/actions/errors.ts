import { ApiError } from '../../platform/http/problems/api-error.js';
import { PROBLEMS } from '../../problems/catalogue.js';

/** The cancellation has ended, so there is nothing to withdraw. */
export function alreadyFinished(status: string): ApiError {
  const end = status === 'expired' ? 'expired' : `ended as ${status}`;
  return new ApiError(
    PROBLEMS.already_finished,
    `the cancellation has already ${end}; there is nothing to withdraw`,
  );
}

/** An update may be on its way to the call, and cannot be taken back. */
export const attemptUnderWay = (): ApiError =>
  new ApiError(
    PROBLEMS.attempt_under_way,
    'an attempt is under way; withdraw the cancellation again if it has not ended in a few seconds',
  );

/** Only what has come to nothing can be retried. */
export const notRetryable = (status: string): ApiError =>
  new ApiError(
    PROBLEMS.not_retryable,
    `the cancellation is ${status}; only a failed, expired or withdrawn one can be retried`,
  );

/** Nothing was queued: the stream's other cancellation stands for it. */
export const alreadyWanted = (id: string): ApiError =>
  new ApiError(
    PROBLEMS.already_wanted,
    `the cancellation ${id} of the same stream is unfinished, so nothing was queued`,
  );

/** Redis was asked to change something and has not answered, or has answered only in part. */
export const actionAnswerLost = (cause: unknown): ApiError =>
  new ApiError(
    PROBLEMS.queue_answer_lost,
    'Redis did not answer in time, so this may have been done all the same. Ask again: what is done already is not done twice',
    { cause: cause instanceof Error ? cause : undefined },
  );

/** @throws {ApiError} `queue_answer_lost`: it is done, but how it stands now cannot be read */
export function unreadable(error: unknown): never {
  if (error instanceof ApiError && error.code === PROBLEMS.queue_unavailable.code)
    throw actionAnswerLost(error);
  throw error;
}

/** The request named no address for a callback, and neither did its project. */
export const noCallback = (): ApiError =>
  new ApiError(PROBLEMS.no_callback, 'the cancellation has no callbackUrl, so there is nothing to deliver');

/** A callback reports the end of a cancellation. */
export const notFinished = (): ApiError =>
  new ApiError(
    PROBLEMS.not_finished,
    'the cancellation has not ended; its callback is delivered when it has',
  );
