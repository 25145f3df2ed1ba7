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

/** Why an attempt did not lead to evidence; an internal service reads it as `failure.code` or as an attempt's `outcome`. */
export type FailureCode = (typeof FAILURE_CODES)[number];
