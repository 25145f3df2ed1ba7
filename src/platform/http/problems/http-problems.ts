import { problemKinds } from './problem-kind.js';

/** What can be wrong with any request. Of several kinds with one status, the first is the general one. */
export const HTTP_PROBLEMS = problemKinds({
  bad_request: {
    status: 400,
    title: 'The request is malformed',
    advice:
      'The body is empty or not valid JSON, or the request is not valid HTTP. `detail` says where; correct it.',
  },
  invalid_body: {
    status: 400,
    title: 'The body has invalid fields',
    advice: 'Correct each field that `errors` names.',
  },
  invalid_encoding: {
    status: 400,
    title: 'The body is not UTF-8',
    advice: 'Encode the body as UTF-8.',
  },
  invalid_query: {
    status: 400,
    title: 'The query or a header has an invalid value',
    advice: 'Correct each parameter that `errors` names.',
  },
  unauthorized: {
    status: 401,
    title: 'A valid API key is required',
    advice:
      'Send `Authorization: Bearer KEY`. `detail` says whether the key is missing, malformed or unknown.',
  },
  forbidden: {
    status: 403,
    title: 'Only this machine may use the API',
    advice:
      'The service has no API keys, so it answers only to `localhost`, `127.0.0.1` and `[::1]` as `Host` and `Origin`. Set `API_KEYS` to use it from elsewhere.',
  },
  not_found: {
    status: 404,
    title: 'There is no such resource',
    advice: 'Compare the path with the API description at `/docs`.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The resource has other methods',
    advice: 'Use one of the methods that the header `Allow` names.',
  },
  request_timeout: {
    status: 408,
    title: 'The request did not arrive in time',
    advice: 'Send it again, faster: the head within 5 s and everything within 10 s.',
  },
  precondition_failed: {
    status: 412,
    title: 'A file of a page has changed',
    advice: 'Ask for it without `If-Match` and `If-Unmodified-Since`.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    advice: 'Send at most 64 KiB, or 1 MiB for a batch; split a larger batch.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body is not plain JSON',
    advice:
      'Send UTF-8 JSON with `Content-Type: application/json` and without `Content-Encoding`. `detail` says what was sent instead.',
  },
  range_not_satisfiable: {
    status: 416,
    title: 'A file of a page is shorter than the range',
    advice: 'Ask for it without `Range`.',
  },
  request_header_fields_too_large: {
    status: 431,
    title: 'The head of the request is too long',
    advice: 'Send fewer or shorter headers: 16 KiB altogether.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong in the service',
    advice: 'This is a fault in the service, and its log has the details. Asking again may help.',
  },
  not_implemented: {
    status: 501,
    title: 'The request uses a part of HTTP that is not supported',
    advice: 'Use a standard method, and no `Transfer-Encoding` other than `chunked`.',
  },
  http_version_not_supported: {
    status: 505,
    title: 'The HTTP version is not supported',
    advice: 'Use HTTP/1.1.',
  },
});
