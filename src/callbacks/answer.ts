import type { CallbackOutcome } from '../cancellation/callback/callback.js';

export interface Answer {
  readonly httpStatus: number;
  /** What its `Retry-After` asks for; null if it has none. */
  readonly retryAfterMs: number | null;
}

/** What an answer means: 2xx is a delivery, 410 ends the callback for good, and anything else is tried again. */
export function outcomeOf(httpStatus: number): { outcome: CallbackOutcome; message: string | null } {
  if (httpStatus >= 200 && httpStatus < 300) return { outcome: 'delivered', message: null };
  if (httpStatus === 410)
    return { outcome: 'gone', message: 'the receiver answered 410, which ends the callback' };
  if (httpStatus >= 300 && httpStatus < 400)
    return {
      outcome: 'rejected',
      message: `the receiver answered ${httpStatus}; redirects are not followed`,
    };
  return { outcome: 'rejected', message: `the receiver answered ${httpStatus}` };
}
