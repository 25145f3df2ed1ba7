import { ApiError } from '../api-error.js';

/** The bytes of the body are not UTF-8. Decoding them anyway would put other characters in their place. */
export class InvalidEncodingError extends ApiError {
  override readonly name = 'InvalidEncodingError';
  readonly status = 400;
  readonly code = 'invalid_encoding';

  constructor() {
    super('the body is not UTF-8');
  }
}

/** The body is not JSON. */
export class MalformedJsonError extends ApiError {
  override readonly name = 'MalformedJsonError';
  readonly status = 400;
  readonly code = 'bad_request';
}

/** The headers say that the body is something else than plain UTF-8 JSON. */
export class UnsupportedBodyError extends ApiError {
  override readonly name = 'UnsupportedBodyError';
  readonly status = 415;
  readonly code = 'unsupported_media_type';
}
