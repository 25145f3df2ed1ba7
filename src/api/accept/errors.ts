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

/** The request is for all streams of a call, and no callback has reported any. */
export const noKnownStreams = (): ApiError =>
  new ApiError(
    PROBLEMS.no_known_streams,
    'no stream of this call is known to be running; streams become known by their status callbacks: start them with ' +
      'statusCallback="PUBLIC_URL/laml/stream-status"',
  );

/** The request is for all streams of a call, which are more than one request may stop. */
export const tooManyStreams = (known: number, most: number): ApiError =>
  new ApiError(
    PROBLEMS.too_many_streams,
    `${known} streams of this call are known to be running, and one request stops at most ${most}: name them in streamNames, ${most} at a time`,
  );

export const invalidIdempotencyKey = (
  detail = 'Idempotency-Key must be 1 to 255 printable ASCII characters, bare or as a quoted string (RFC 8941), such as a UUID',
): ApiError => new ApiError(PROBLEMS.invalid_idempotency_key, detail);

/** The key was used with another body before. */
export const idempotencyKeyReused = (): ApiError =>
  new ApiError(
    PROBLEMS.idempotency_key_reused,
    'this Idempotency-Key was used with another body; use a new key, or send the original body again',
  );
