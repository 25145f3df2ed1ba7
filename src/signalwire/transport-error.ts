import { errors } from 'undici';
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

/** The connection was made and broke, so the request may have reached SignalWire. */
const BROKEN_CONNECTION = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** No complete answer came in time. */
export class DeadlinePassedError extends Error {
  override readonly name = 'DeadlinePassedError';

  /** @param isSent whether the request was sent, at least in part */
  constructor(readonly isSent: boolean) {
    super();
  }
}

/** Why a request got no complete answer. */
export function transportErrorOf(cause: unknown, timeoutMs: number, redact: Redact): UpdateCallError {
  if (cause instanceof DeadlinePassedError) {
    if (!cause.isSent) {
      return new ConnectTimedOutError(`no connection within ${timeoutMs} ms`, undefined, { cause });
    }
    return new RequestTimedOutError(`no complete answer within ${timeoutMs} ms`, undefined, { cause });
  }
  if (cause instanceof errors.ConnectTimeoutError) {
    return new ConnectTimedOutError(`no connection within ${timeoutMs} ms`, undefined, { cause });
  }
  if (cause instanceof errors.ResponseExceededMaxSizeError) {
    return new InvalidAnswerError(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`, undefined, {
      cause,
    });
  }
  const message = redact(cause instanceof Error ? cause.message : String(cause));
  // A parser error carries the raw answer, which no redacted message would remove.
  const isAnswer = cause instanceof errors.HTTPParserError;
  const { code } = cause as NodeJS.ErrnoException;
  const mayHaveArrived = isAnswer || BROKEN_CONNECTION.has(code ?? '');
  const Failure = mayHaveArrived ? ConnectionLostError : ProviderUnreachableError;
  return new Failure(message, undefined, isAnswer ? undefined : { cause });
}
