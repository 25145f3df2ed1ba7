import { randomUUID } from 'node:crypto';

export const REQUEST_ID_HEADER = 'x-request-id';

/**
 * 1 to 128 visible ASCII characters. Node joins several headers with a comma and a space, so that they do not match.
 */
const REQUEST_ID = /^[!-~]{1,128}$/;

/** The id that the client gave its request, or a new one. */
export const requestIdOf = (header: string | readonly string[] | undefined): string =>
  typeof header === 'string' && REQUEST_ID.test(header) ? header : randomUUID();
