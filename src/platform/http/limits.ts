import { maxHeaderSize } from 'node:http';

export const MAX_BODY_BYTES = 65_536;

/** Node refuses a longer head by itself, so that the router refuses no path for its length: it is a wrong one like others. */
export const MAX_PATH_PARAMETER_LENGTH = maxHeaderSize;

/** The head of a request must have arrived within this time. Node swaps the two limits where this one is the longer. */
export const HEAD_TIMEOUT_MS = 5000;

/** The whole of a request must have arrived within this time. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** How often the two are looked at; Node's own 30 s would let a request outlive them fourfold. */
export const TIMEOUT_CHECK_MS = 1000;

/** How long a document waits for the form that asks for it; SignalWire itself waits 5 s for the document. */
export const FORM_TIMEOUT_MS = 2000;
