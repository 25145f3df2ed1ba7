import { signLink } from './link-token.js';
import type { LinkClaims } from './link-token.js';

export const STOP_STREAM_PATH = '/laml/stop-stream';
export const STREAM_STATUS_PATH = '/laml/stream-status';

/** SignalWire may fetch late for the last attempt, and takes a moment to find that an address fails. */
const MARGIN_MS = 60_000;

/** The addresses of the public port, and the secret that signs links. */
export interface LinkSettings {
  readonly PUBLIC_URL: string;
  readonly FALLBACK_URL?: string;
  readonly LINK_SECRET: string;
}

/** How long a stop document is needed. */
export interface LinkTimes {
  /** Epoch milliseconds. */
  readonly deadline: number;
  /** How long the document may run: as long as it does, SignalWire may go to its fallback. */
  readonly longestRunMs: number;
}

/** The addresses of one stop document. */
export interface StopLinks {
  readonly url: string;
  /** SignalWire fetches this one if `url` fails. */
  readonly fallbackUrl: string;
}

/**
 * The address of a document and its fallback. Their tokens differ only in which of the two they are.
 * Both are valid until a minute after the last run of the document would end.
 *
 * @throws {LinkTooLongError} never for `MAX_STOPS` stops or fewer
 */
export function stopLinks(
  { PUBLIC_URL, FALLBACK_URL = PUBLIC_URL, LINK_SECRET }: LinkSettings,
  document: Omit<LinkClaims, 'awaitedUntil' | 'expiresAt' | 'isFallback'>,
  { deadline, longestRunMs }: LinkTimes,
): StopLinks {
  const awaitedUntil = deadline + MARGIN_MS;
  const claims = { ...document, awaitedUntil, expiresAt: awaitedUntil + longestRunMs };
  const pathOf = (isFallback: boolean) =>
    `${STOP_STREAM_PATH}/${signLink({ ...claims, isFallback }, LINK_SECRET)}`;
  return { url: PUBLIC_URL + pathOf(false), fallbackUrl: FALLBACK_URL + pathOf(true) };
}
