/** What each `failure.code` means. */
export const REASONS = {
  not_confirmed: 'SignalWire accepted it but never fetched the document',
  rejected: 'SignalWire refused it',
  unauthorized: 'SignalWire refused the credentials',
  call_not_found: 'SignalWire knows no such call',
  rate_limited: 'SignalWire limited the rate',
  provider_error: 'SignalWire had an error',
  timeout: 'SignalWire did not answer in time',
  unreachable: 'SignalWire could not be reached',
  invalid_response: 'SignalWire gave an unusable answer',
  poisoned: 'it took its worker down three times',
};

/** Why a cancellation came to nothing, in words of ours and, where there are any, in those of SignalWire. */
export function reasonOf({ status, failure }) {
  if (failure === null) return [status];
  return failure.code === null ? [failure.message] : [REASONS[failure.code] ?? failure.code, failure.message];
}
