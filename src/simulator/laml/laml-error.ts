import { jsonResponse } from './response.js';
import type { HttpResponse } from './response.js';

/** SignalWire's own value is not documented. */
const MORE_INFO = 'https://signalwire.com/docs/compatibility-api';

/**
 * A request that SignalWire refuses. The codes come from "Error codes" in its Compatibility API docs. These give the
 * HTTP status for 20003 only; the others are our assumption.
 */
export class LamlError extends Error {
  override readonly name = 'LamlError';

  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }

  toResponse(): HttpResponse {
    return errorResponse(this.status, this.code, this.message);
  }
}

/** The error body documented for Update a Call. */
export function errorResponse(status: number, code: number, message: string): HttpResponse {
  return jsonResponse(status, { code, message, more_info: MORE_INFO, status }, code);
}

export const unauthorized = () => new LamlError(401, 20003, 'Authentication failed');
export const notFound = () => new LamlError(404, 20404, 'The requested resource was not found');
export const notInProgress = () => new LamlError(400, 21220, 'Call is not in-progress. Cannot redirect.');
export const invalidUrl = (name: string) =>
  new LamlError(400, 21402, `${name} is not a fully qualified http or https URL`);
export const invalidCallbackUrl = () => new LamlError(400, 21456, 'StatusCallback is not a valid URL');
export const invalidStreamUrl = () => new LamlError(400, 31922, 'Url is not a wss URL');
export const invalidMethod = (name: string) => new LamlError(400, 21209, `${name} must be GET or POST`);
export const invalidStatus = (reason: string) => new LamlError(400, 10000, reason);

export const invalidBody = (reason: string) => new LamlError(422, 20422, reason);

const CODE_OF_STATUS: Readonly<Record<number, number>> = {
  400: 10000,
  401: 20003,
  403: 20003,
  404: 20404,
  422: 20422,
  429: 20429,
};

/** The default code for an HTTP status. */
export function codeOfStatus(status: number): number {
  return CODE_OF_STATUS[status] ?? (status >= 500 ? 20504 : 20001);
}
