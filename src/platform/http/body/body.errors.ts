import { ApiError } from '../problems/api-error.js';
import { HTTP_PROBLEMS } from '../problems/http-problems.js';

/** The bytes of the body are not UTF-8. Decoding them anyway would put other characters in their place. */
export const invalidEncoding = (): ApiError =>
  new ApiError(HTTP_PROBLEMS.invalid_encoding, 'the body is not UTF-8');

/** The body is not JSON. */
export const malformedJson = (detail: string): ApiError => new ApiError(HTTP_PROBLEMS.bad_request, detail);

/** The headers say that the body is something else than plain UTF-8 JSON. */
export const unsupportedBody = (detail: string): ApiError =>
  new ApiError(HTTP_PROBLEMS.unsupported_media_type, detail);
