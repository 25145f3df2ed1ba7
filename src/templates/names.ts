/** The name of a template in requests and addresses; its file is called the same, with `.xml`. */
export const TEMPLATE_NAME = /^[\w-]{1,64}$/;

/** The variable that SignalWire's guide uses for the name of the stream. */
export const STREAM_NAME_VARIABLE = 'STREAMNAME';
