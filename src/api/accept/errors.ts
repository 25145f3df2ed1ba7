import { ApiError } from '../../platform/http/problems/api-error.js';
import { cut } from '../../platform/http/cut.js';
import { PROBLEMS } from '../../problems/catalogue.js';

const MAX_ID_LENGTH = 64;

/** No cancellation has this id, or it was removed `RETENTION_HOURS` after it had finished. */
export const cancellationNotFound = (id: string): ApiError =>
  new ApiError(
    PROBLEMS.cancellation_not_found,
    `there is no cancellation ${cut(id, MAX_ID_LENGTH)}; finished ones are removed after a while`,
  );

/**
 * An `Idempotency-Key` stands for a cancellation that is gone; the key is known for longer where Redis was nearly full.
 */
export const replayNotFound = (id: string): ApiError =>
  new ApiError(
    PROBLEMS.cancellation_not_found,
    `the cancellation ${id} of this Idempotency-Key has been removed, and is not queued again; use another key to ask for a new one`,
  );
