import { errors } from 'undici';
import { connectionFailure } from '../platform/outgoing/connection-failure.js';
import type { Redact } from './redactor.js';
import {
  ConnectTimedOutError,
  ConnectionLostError,
  InvalidAnswerError,
  ProviderUnreachableError,
  RequestTimedOutError,
} from './signalwire.errors.js';
import type { UpdateCallError } from './signalwire.errors.js';
import { MAX_ANSWER_BYTES } from './space-pools.js';

/** No complete answer came in time. */
export class DeadlinePassedError extends Error {
  override readonly name = 'DeadlinePassedError';
}

/** The request was not sent, because the time for it had passed once there was a connection. */
export class TooLateError extends Error {
  override readonly name = 'TooLateError';
}

/** What is known of a request that got no complete answer. */
interface Unanswered {
  readonly timeoutMs: number;
  /** Whether there was a connection to send it. */
  readonly isSent: boolean;
}

/** Why a request got no complete answer. */
export function transportErrorOf(
  cause: unknown,
  { timeoutMs, isSent }: Unanswered,
  redact: Redact,
): UpdateCallError {
  if (cause instanceof TooLateError) {
    return new ConnectTimedOutError('no connection before the deadline', undefined, { cause });
  }
  const isLate = cause instanceof DeadlinePassedError || cause instanceof errors.ConnectTimeoutError;
  if (isLate && !isSent) {
    return new ConnectTimedOutError(`no connection within ${timeoutMs} ms`, undefined, { cause });
  }
  if (isLate) {
    return new RequestTimedOutError(`no complete answer within ${timeoutMs} ms`, undefined, { cause });
  }
  if (cause instanceof errors.ResponseExceededMaxSizeError) {
    return new InvalidAnswerError(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`, undefined, {
      cause,
    });
  }
  const message = redact(isSent && cause instanceof Error ? cause.message : connectionFailure(cause));
  // A parser error carries the raw answer, which no redacted message would remove.
  const options = cause instanceof errors.HTTPParserError ? undefined : { cause };
  return isSent
    ? new ConnectionLostError(message, undefined, options)
    : new ProviderUnreachableError(message, undefined, options);
}
