/**
 * The problems that any request can get, by status: no operation has to describe them, because they come before it is
 * reached. A body is read by then.
 */
const OF_ANY_ROUTE: Readonly<Record<number, readonly string[]>> = {
  400: ['bad_request', 'invalid_body', 'invalid_encoding'],
  401: ['unauthorized'],
  403: ['forbidden', 'forbidden_scope', 'csrf_token_missing'],
  404: ['not_found'],
  405: ['method_not_allowed'],
  408: ['request_timeout'],
  413: ['body_too_large'],
  415: ['unsupported_media_type'],
  431: ['request_header_fields_too_large'],
  501: ['not_implemented'],
  505: ['http_version_not_supported'],
};

export const isOfAnyRoute = (status: number, code: string): boolean =>
  OF_ANY_ROUTE[status]?.includes(code) ?? false;
