/**
 * What keeps a project's cancellations from being sent: SignalWire asked to wait (429), refused the credentials (401, 403),
 * or failed several calls in a row (5xx, timeouts, no connection).
 */
export const CLOSED_STATES = ['throttled', 'unauthorized', 'unavailable'] as const;
export type ClosedState = (typeof CLOSED_STATES)[number];
