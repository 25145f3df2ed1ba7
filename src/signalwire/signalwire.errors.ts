import type { FailureCode } from '../cancellation/vocabulary.js';

/** What SignalWire answered, if it answered. */
export interface ProviderAnswer {
  readonly httpStatus: number | null;
  readonly providerCode: string | null;
  /** From `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | null;
}

const NO_ANSWER: ProviderAnswer = { httpStatus: null, providerCode: null, retryAfterMs: null };

/** A request to SignalWire that was not accepted. Subclasses say what happened. */
export abstract class UpdateCallError extends Error implements ProviderAnswer {
  abstract readonly code: FailureCode;
  /** Whether the same request can succeed later. */
  abstract readonly retryable: boolean;
  /** Whether the call must be read to know what this means: it may have ended, or the update may have been applied. */
  readonly callStateDecides: boolean = false;
  readonly httpStatus: number | null;
  readonly providerCode: string | null;
  readonly retryAfterMs: number | null;

  constructor(message: string, answer: ProviderAnswer = NO_ANSWER, options?: ErrorOptions) {
    super(message, options);
    this.httpStatus = answer.httpStatus;
    this.providerCode = answer.providerCode;
    this.retryAfterMs = answer.retryAfterMs;
  }
}

/** Wrong project or token, or a token without the scope Voice. */
export class CredentialsRefusedError extends UpdateCallError {
  override readonly name = 'CredentialsRefusedError';
  readonly code = 'unauthorized';
  readonly retryable = false;
}

/** SignalWire does not know the call. It may answer this for a call that has just ended. */
export class CallNotFoundError extends UpdateCallError {
  override readonly name = 'CallNotFoundError';
  readonly code = 'call_not_found';
  readonly retryable = false;
  override readonly callStateDecides = true;
}

/**
 * SignalWire does not know the stream. It answers the same if it does not know the call, or the call has just ended.
 */
export class StreamNotFoundError extends UpdateCallError {
  override readonly name = 'StreamNotFoundError';
  readonly code = 'rejected';
  readonly retryable = false;
  override readonly callStateDecides = true;

  constructor(cause: CallNotFoundError) {
    super(`SignalWire knows no such stream of this call: ${cause.message}`, cause, { cause });
  }
}

/** The call was not answered yet, or it has ended: SignalWire has one code for both. */
export class CallNotInProgressError extends UpdateCallError {
  override readonly name = 'CallNotInProgressError';
  readonly code = 'rejected';
  readonly retryable = true;
  override readonly callStateDecides = true;
}

export class RequestRejectedError extends UpdateCallError {
  override readonly name = 'RequestRejectedError';
  readonly code = 'rejected';
  readonly retryable = false;
}

/** 408, 409 or 425: the same request may be accepted a moment later. */
export class TemporaryRefusalError extends UpdateCallError {
  override readonly name = 'TemporaryRefusalError';
  readonly code = 'rejected';
  readonly retryable = true;
  override readonly callStateDecides = true;
}

export class RateLimitedError extends UpdateCallError {
  override readonly name = 'RateLimitedError';
  readonly code = 'rate_limited';
  readonly retryable = true;
}

export class ProviderFailedError extends UpdateCallError {
  override readonly name = 'ProviderFailedError';
  readonly code = 'provider_error';
  readonly retryable = true;
}

/** No complete answer in time. The update may have been applied. */
export class RequestTimedOutError extends UpdateCallError {
  override readonly name = 'RequestTimedOutError';
  readonly code = 'timeout';
  readonly retryable = true;
  override readonly callStateDecides = true;
}

/** The connection broke before the answer. The update may have been applied. */
export class ConnectionLostError extends UpdateCallError {
  override readonly name = 'ConnectionLostError';
  readonly code = 'unreachable';
  readonly retryable = true;
  override readonly callStateDecides = true;
}

/** No connection was made, so nothing was sent. */
export class ProviderUnreachableError extends UpdateCallError {
  override readonly name: string = 'ProviderUnreachableError';
  readonly code: FailureCode = 'unreachable';
  readonly retryable = true;
}

/** No connection in time: its name was not resolved, or TCP, TLS or a proxy did not answer. Nothing was sent. */
export class ConnectTimedOutError extends ProviderUnreachableError {
  override readonly name = 'ConnectTimedOutError';
  override readonly code = 'timeout';
}

/** Not an answer of SignalWire's form: a proxy's page, a body that is too long, a redirect to another origin. */
export class InvalidAnswerError extends UpdateCallError {
  override readonly name = 'InvalidAnswerError';
  readonly code = 'invalid_response';
  readonly retryable = true;
  override readonly callStateDecides = true;
}
