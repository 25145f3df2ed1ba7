import type { Redact } from './redactor.js';
import {
  CallNotFoundError,
  CallNotInProgressError,
  CredentialsRefusedError,
  InvalidAnswerError,
  ProviderFailedError,
  RateLimitedError,
  RequestRejectedError,
  TemporaryRefusalError,
} from './signalwire.errors.js';
import type { ProviderAnswer, UpdateCallError } from './signalwire.errors.js';

const MAX_MESSAGE_LENGTH = 300;

type Refusal = new (message: string, answer: ProviderAnswer) => UpdateCallError;

/**
 * SignalWire's own codes (https://signalwire.com/docs/compatibility-api/rest/error-codes). They decide before the HTTP
 * status, which SignalWire does not document for them. Codes in words come from its other APIs.
 */
const BY_PROVIDER_CODE = new Map<string, Refusal>([
  ['20003', CredentialsRefusedError],
  ['20404', CallNotFoundError],
  ['21220', CallNotInProgressError],
  ['10000', CallNotInProgressError],
  ['cannot_redirect_not_in_progress', CallNotInProgressError],
  ['cannot_update_completed', CallNotInProgressError],
  ['20429', RateLimitedError],
  ['rate_limit_exceeded', RateLimitedError],
  ['20001', ProviderFailedError],
  ['20504', ProviderFailedError],
  ['call_update_failed', ProviderFailedError],
  ['4001', RequestRejectedError],
  ['10001', RequestRejectedError],
  ['10004', RequestRejectedError],
  ['13221', RequestRejectedError],
  ['20010', RequestRejectedError],
  ['20422', RequestRejectedError],
  ['21209', RequestRejectedError],
  ['21219', RequestRejectedError],
  ['21402', RequestRejectedError],
  ['21456', RequestRejectedError],
  ['invalid_call_id_passed', RequestRejectedError],
  ['not_an_http_url', RequestRejectedError],
  ['url_is_unsafe', RequestRejectedError],
]);

/**
 * Whether a code is one of SignalWire's. Any other says nothing: it may be a proxy's, or a zero that stands for none.
 */
export const isKnownCode = (providerCode: string | null): boolean =>
  providerCode !== null && BY_PROVIDER_CODE.has(providerCode);

/**
 * Classifies an answer by SignalWire's code in the body, or by the HTTP status if there is none that is known.
 *
 * @param body null if it is compressed and cannot be decoded
 * @param redact an error may repeat the request, with its link
 * @param retryAfterMs from the header `Retry-After`
 * @returns null if the request was accepted
 */
export function refusalIn(
  httpStatus: number,
  body: string | null,
  redact: Redact,
  retryAfterMs: number | null = null,
): UpdateCallError | null {
  const { providerCode, message } = providerErrorIn(body ?? '', redact);
  const answer: ProviderAnswer = { httpStatus, providerCode, retryAfterMs };
  const text = message || `SignalWire answered with HTTP status ${httpStatus}`;

  const KnownRefusal = BY_PROVIDER_CODE.get(providerCode ?? '');
  if (KnownRefusal !== undefined) return new KnownRefusal(text, answer);
  const isJson = isJsonObject(body ?? '');
  if (httpStatus >= 200 && httpStatus < 300) {
    return isJson ? null : new InvalidAnswerError(whatIsWrong(body), answer);
  }
  return new (refusalByStatus(httpStatus, isJson))(text, answer);
}

/** Why a body is no answer of SignalWire's form. */
function whatIsWrong(body: string | null): string {
  if (body === null) return 'the answer is compressed, and cannot be decoded or is too long';
  if (body.trim() === '') return 'the answer is empty';
  return /^\s*\{\s*\}\s*$/.test(body)
    ? 'the answer is an empty JSON object'
    : 'the answer is not a JSON object';
}

/** Request Timeout, Conflict, Too Early (RFC 9110, RFC 8470). */
const TEMPORARY = new Set([408, 409, 425]);

/** A page of a proxy says nothing about the call or the credentials, whatever its 4xx is. */
function refusalByStatus(httpStatus: number, isJson: boolean): Refusal {
  if (httpStatus === 429) return RateLimitedError;
  if (httpStatus >= 500) return ProviderFailedError;
  if (TEMPORARY.has(httpStatus)) return TemporaryRefusalError;
  if (httpStatus < 400 || !isJson) return InvalidAnswerError;
  if (httpStatus === 401 || httpStatus === 403) return CredentialsRefusedError;
  if (httpStatus === 404) return CallNotFoundError;
  return RequestRejectedError;
}

/** `waiting`: not answered yet. `unknown`: the answer has no status. */
export type CallState = 'waiting' | 'in-progress' | 'ended' | 'unknown';

/** Any other status counts as in progress. `initiated` is undocumented, but seen (signalwire/docs-legacy#804). */
const CALL_STATES: ReadonlyMap<string, CallState> = new Map<string, CallState>([
  ['initiated', 'waiting'],
  ['queued', 'waiting'],
  ['ringing', 'waiting'],
  ['completed', 'ended'],
  ['canceled', 'ended'],
  ['busy', 'ended'],
  ['failed', 'ended'],
  ['no-answer', 'ended'],
]);

/** The state in a Call object. */
export function callStateIn(body: string): CallState {
  const { status } = parse(body);
  return typeof status === 'string' ? (CALL_STATES.get(status) ?? 'in-progress') : 'unknown';
}

/** `unknown`: the answer has another status, or none. */
export type StreamState = 'queued' | 'in-progress' | 'stopped' | 'unknown';

/** The state in a Stream object (https://signalwire.com/docs/compatibility-api/rest/streams/update-stream). */
export function streamStateIn(body: string): StreamState {
  const { status } = parse(body);
  return status === 'queued' || status === 'in-progress' || status === 'stopped' ? status : 'unknown';
}

/**
 * The error in a body, in any form that SignalWire documents: `{code, message}`, `{errors: [{code, message}]}` or
 * `{errors: ["text"]}` (https://signalwire.com/docs/compatibility-api/rest/calls/update-a-call and the pages next to
 * it).
 */
function providerErrorIn(
  body: string,
  redact: Redact,
): { providerCode: string | null; message: string | null } {
  // Cut last, because a secret that is cut off would not be recognized.
  const shown = (text: string): string => redact(text).slice(0, MAX_MESSAGE_LENGTH);
  const parsed = parse(body);
  const { errors } = parsed;
  const first: unknown = Array.isArray(errors) ? errors[0] : parsed;
  if (typeof first === 'string') return { providerCode: null, message: shown(first) };
  const { code, message } = isObject(first) ? first : {};
  return {
    providerCode: typeof code === 'number' || typeof code === 'string' ? shown(String(code)) : null,
    message: typeof message === 'string' ? shown(message) : null,
  };
}

function parse(body: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

const isJsonObject = (body: string): boolean => Object.keys(parse(body)).length > 0;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
