/** What requests and addresses may call a template; its file has `.xml` after it. */
export const TEMPLATE_NAME = /^[\w-]{1,64}$/;

/** The variable that SignalWire's guide has for the name of the stream. */
export const STREAM_NAME_VARIABLE = 'STREAMNAME';
