import { ApiError } from '../../platform/http/problems/api-error.js';
import { PROBLEMS } from '../../problems/catalogue.js';

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
