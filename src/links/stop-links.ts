import { signLink } from './link-token.js';
import type { LinkClaims } from './link-token.js';

export const STOP_STREAM_PATH = '/laml/stop-stream';
export const STREAM_STATUS_PATH = '/laml/stream-status';

/** How long a link outlives the deadline: SignalWire may fetch late for the last attempt. */
const MARGIN_MS = 60_000;

/** The addresses of the public port, and the secret that signs links. */
export interface LinkSettings {
  readonly PUBLIC_URL: string;
  readonly FALLBACK_URL?: string;
  readonly LINK_SECRET: string;
}

/** The addresses of one stop document. */
export interface StopLinks {
  readonly url: string;
  /** SignalWire fetches this one if `url` fails. */
  readonly fallbackUrl: string;
}

/**
 * The address of a document and its fallback. Their tokens differ only in which of the two they are.
 *
 * @param deadline epoch milliseconds; both links are valid until a minute after it
 * @throws {LinkTooLongError} never for `MAX_STOPS` stops or fewer
 */
export function stopLinks(
  { PUBLIC_URL, FALLBACK_URL = PUBLIC_URL, LINK_SECRET }: LinkSettings,
  document: Omit<LinkClaims, 'expiresAt' | 'isFallback'>,
  deadline: number,
): StopLinks {
  const expiresAt = deadline + MARGIN_MS;
  const pathOf = (isFallback: boolean) =>
    `${STOP_STREAM_PATH}/${signLink({ ...document, isFallback, expiresAt }, LINK_SECRET)}`;
  return { url: PUBLIC_URL + pathOf(false), fallbackUrl: FALLBACK_URL + pathOf(true) };
}
