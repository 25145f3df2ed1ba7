/**
 * How a stream is stopped: by Update a Call, which replaces the document that the call runs, or by the Streams
 * resource, which leaves it alone (https://signalwire.com/docs/compatibility-api/rest/streams/update-stream).
 */
export const STRATEGIES = ['auto', 'update_call', 'stream_resource'] as const;
export type Strategy = (typeof STRATEGIES)[number];
export type AttemptStrategy = Exclude<Strategy, 'auto'>;

/** The proof that a cancellation needs to succeed. */
export const REQUIRED_EVIDENCE = ['accepted', 'document_fetched', 'stream_stopped'] as const;
export type RequiredEvidence = (typeof REQUIRED_EVIDENCE)[number];

export const FAILURE_CODES = [
  'not_confirmed',
  'rejected',
  'unauthorized',
  'call_not_found',
  'rate_limited',
  'provider_error',
  'timeout',
  'unreachable',
  'invalid_response',
  'poisoned',
] as const;

/** Why an attempt led to no evidence: `failure.code`, and the `outcome` of an attempt that was not accepted. */
export type FailureCode = (typeof FAILURE_CODES)[number];

/** What each failure is called wherever people read it; the operators' page has the same names. */
export const FAILURE_NAMES: Readonly<Record<FailureCode | 'none', string>> = {
  not_confirmed: 'SignalWire accepted it but never fetched the document',
  rejected: 'SignalWire refused it',
  unauthorized: 'SignalWire refused the credentials',
  call_not_found: 'SignalWire knows no such call',
  rate_limited: 'SignalWire limited the rate',
  provider_error: 'SignalWire had an error',
  timeout: 'SignalWire did not answer in time',
  unreachable: 'SignalWire could not be reached',
  invalid_response: 'SignalWire gave an unusable answer',
  poisoned: 'Its worker crashed three times',
  none: 'Never sent before the deadline',
};

/**
 * Why a project's cancellations are not sent: SignalWire asked to wait (429), refused the credentials (401, 403),
 * failed several calls in a row (5xx, timeouts, no connection), or accepted updates without fetching their documents,
 * which drops the calls.
 */
export const CLOSED_STATES = ['throttled', 'unauthorized', 'unavailable', 'undelivered'] as const;
export type ClosedState = (typeof CLOSED_STATES)[number];

/**
 * Why the next attempt has not started: the backoff after a failed one, another update of the same call, the outcome of
 * an attempt that another cancellation is sending for this one, a call that is not answered or not known yet, the
 * project's requests per second, the fetch of a document that shows that the project's documents can be fetched, an
 * operator who has paused it, the project's state, or a project that is no longer configured.
 */
export const WAITING_FOR = [
  'backoff',
  'call',
  'report',
  'answer',
  'rate',
  'delivery',
  'paused',
  ...CLOSED_STATES,
  'configuration',
] as const;
export type WaitingFor = (typeof WAITING_FOR)[number];
