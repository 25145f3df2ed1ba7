/** SignalWire's ids are UUIDs, but its own examples hold others. */
export const CALL_SID = /^[A-Za-z0-9_-]{1,64}$/;

export const isCallSid = (value: unknown): value is string =>
  typeof value === 'string' && CALL_SID.test(value);
