import { ApiError } from '../../platform/http/api-error.js';
import { cut } from '../../platform/http/cut.js';

const MAX_ID_LENGTH = 64;

/** No cancellation has this id, or it was removed `RETENTION_HOURS` after it had finished. */
export class CancellationNotFoundError extends ApiError {
  override readonly name = 'CancellationNotFoundError';
  readonly status = 404;
  readonly code = 'cancellation_not_found';

  /** @param isReplay an `Idempotency-Key` stands for it, which is known for longer where Redis was nearly full */
  constructor(id: string, isReplay = false) {
    super(
      isReplay
        ? `the cancellation ${id} of this Idempotency-Key has been removed, and is not queued again; ` +
            'use another key to ask for a new one'
        : `there is no cancellation ${cut(id, MAX_ID_LENGTH)}; finished ones are removed after a while`,
    );
  }
}

/** The request is for all streams of a call, and no callback has reported any. */
export class NoKnownStreamsError extends ApiError {
  override readonly name = 'NoKnownStreamsError';
  readonly status = 409;
  readonly code = 'no_known_streams';

  constructor() {
    super(
      'no stream of this call is known to be running; streams become known by their status callbacks: start them with ' +
        'statusCallback="PUBLIC_URL/laml/stream-status"',
    );
  }
}

/** The request is for all streams of a call, which are more than one request may stop. */
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

export class InvalidIdempotencyKeyError extends ApiError {
  override readonly name = 'InvalidIdempotencyKeyError';
  readonly status = 400;
  readonly code = 'invalid_idempotency_key';

  constructor(
    detail = 'Idempotency-Key must be 1 to 255 printable ASCII characters, bare or as a quoted string (RFC 8941), such as a UUID',
  ) {
    super(detail);
  }
}

/** The key was used with another body before. */
export class IdempotencyKeyReusedError extends ApiError {
  override readonly name = 'IdempotencyKeyReusedError';
  readonly status = 422;
  readonly code = 'idempotency_key_reused';

  constructor() {
    super('this Idempotency-Key was used with another body; use a new key, or send the original body again');
  }
}
