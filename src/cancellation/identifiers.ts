import { IsXmlText, isXmlText } from '../platform/validation/is-xml-text.js';

/** SignalWire's ids are UUIDs, but its own examples contain others. */
export const CALL_SID = /^[A-Za-z0-9_-]{1,64}$/;

export const isCallSid = (value: unknown): value is string =>
  typeof value === 'string' && CALL_SID.test(value);

/** Our limit, because SignalWire documents none: the name travels in a link and stands in the document. */
export const MAX_STREAM_NAME_LENGTH = 256;

export const isStreamName = (value: unknown): value is string => isXmlText(value, 1, MAX_STREAM_NAME_LENGTH);

export const IsStreamName = (): PropertyDecorator => IsXmlText(1, MAX_STREAM_NAME_LENGTH);

/** SignalWire's ids are UUIDs, but its own examples contain others. */
export const STREAM_SID = /^[\w-]{1,64}$/;

export const isStreamSid = (value: unknown): value is string =>
  typeof value === 'string' && STREAM_SID.test(value);
