import { errors } from 'undici';
import type { Redact } from './redactor.js';
import {
  ConnectionLostError,
  InvalidAnswerError,
  ProviderUnreachableError,
  RequestTimedOutError,
} from './signalwire.errors.js';
import type { UpdateCallError } from './signalwire.errors.js';
import { MAX_ANSWER_BYTES } from './space-pools.js';

/** Of a connection that was made and broke: the request may have reached SignalWire. */
const BROKEN_CONNECTION = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** No whole answer came in time. */
export class DeadlinePassedError extends Error {
  override readonly name = 'DeadlinePassedError';
}

/** What it means that a request got no whole answer. @param timeoutMs how long it was given */
export function transportErrorOf(cause: unknown, timeoutMs: number, redact: Redact): UpdateCallError {
  if (cause instanceof DeadlinePassedError) {
    return new RequestTimedOutError(`no whole answer within ${timeoutMs} ms`, undefined, { cause });
  }
  if (cause instanceof errors.ResponseExceededMaxSizeError) {
    return new InvalidAnswerError(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`, undefined, {
      cause,
    });
  }
  const message = redact(cause instanceof Error ? cause.message : String(cause));
  // This one carries the answer as it came, and a redacted message would not take it out of there.
  const isAnswer = cause instanceof errors.HTTPParserError;
  const { code } = cause as NodeJS.ErrnoException;
  const mayHaveArrived = isAnswer || BROKEN_CONNECTION.has(code ?? '');
  const Failure = mayHaveArrived ? ConnectionLostError : ProviderUnreachableError;
  return new Failure(message, undefined, isAnswer ? undefined : { cause });
}
