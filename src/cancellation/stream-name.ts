import { IsXmlText, isXmlText } from '../platform/validation/is-xml-text.js';

/** SignalWire documents no limit; this one bounds the document and the link that carries the name. */
export const MAX_STREAM_NAME_LENGTH = 256;

export const isStreamName = (value: unknown): value is string => isXmlText(value, 1, MAX_STREAM_NAME_LENGTH);

export const IsStreamName = (): PropertyDecorator => IsXmlText(1, MAX_STREAM_NAME_LENGTH);
