/** SignalWire's ids are UUIDs, but its own examples hold others. */
export const STREAM_SID = /^[\w-]{1,64}$/;

export const isStreamSid = (value: unknown): value is string =>
  typeof value === 'string' && STREAM_SID.test(value);
