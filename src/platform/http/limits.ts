import { maxHeaderSize } from 'node:http';

export const MAX_BODY_BYTES = 65_536;

/**
 * Node refuses longer heads, so the router never refuses a path for its length: it is an unknown route like any other.
 */
export const MAX_PATH_PARAMETER_LENGTH = maxHeaderSize;

/** The head of a request must arrive within this time. Node swaps it with the next limit if it is the longer one. */
export const HEAD_TIMEOUT_MS = 5000;

/** A whole request must arrive within this time. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** How often both are checked. With Node's default of 30 s, a request could take four times as long. */
export const TIMEOUT_CHECK_MS = 1000;

/** How long the form of a document request may take. SignalWire waits 5 s for the document. */
export const FORM_TIMEOUT_MS = 2000;
