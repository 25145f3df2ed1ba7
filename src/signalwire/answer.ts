import type { Redact } from './redactor.js';
import {
  CallNotFoundError,
  CredentialsRefusedError,
  InvalidAnswerError,
  ProviderFailedError,
  RateLimitedError,
  RequestRejectedError,
} from './signalwire.errors.js';
import type { ProviderAnswer, UpdateCallError } from './signalwire.errors.js';

const MAX_MESSAGE_LENGTH = 300;

/**
 * Tells an accepted update from a refused one by the HTTP status of the answer and by its body.
 *
 * @param redact since an error may repeat the request, with the link in it
 * @returns null where the update was accepted
 */
export function refusalIn(httpStatus: number, body: string, redact: Redact): UpdateCallError | null {
  const { providerCode, message } = providerErrorIn(body, redact);
  const answer: ProviderAnswer = { httpStatus, providerCode };
  const text = message || `SignalWire answered with HTTP status ${httpStatus}`;

  if (httpStatus >= 200 && httpStatus < 300) {
    return isJsonObject(body) ? null : new InvalidAnswerError('the answer is not a Call object', answer);
  }
  if (httpStatus === 401 || httpStatus === 403) return new CredentialsRefusedError(text, answer);
  if (httpStatus === 404) return new CallNotFoundError(text, answer);
  if (httpStatus === 429) return new RateLimitedError(text, answer);
  if (httpStatus >= 500) return new ProviderFailedError(text, answer);
  if (httpStatus >= 400) return new RequestRejectedError(text, answer);
  return new InvalidAnswerError(text, answer);
}

/**
 * The error in a body of any of SignalWire's forms: `{code, message}`, `{errors: [{code, message}]}` or
 * `{errors: ["text"]}` (https://signalwire.com/docs/compatibility-api/rest/calls/update-a-call and the pages beside it).
 */
function providerErrorIn(
  body: string,
  redact: Redact,
): { providerCode: string | null; message: string | null } {
  // Cut last: what is left of a secret would not be recognized.
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
