import { Injectable } from '@nestjs/common';
import { ServiceEnvironment } from '../config/service.environment.js';
import { SharedClock } from '../platform/redis/shared-clock.js';
import { readLink, signLink } from './link-token.js';
import type { LinkClaims } from './link-token.js';

export const STOP_STREAM_PATH = '/laml/stop-stream';
export const STREAM_STATUS_PATH = '/laml/stream-status';

/** How long a link outlives the deadline, for a fetch that the last attempt before it caused. */
const MARGIN_MS = 60_000;

/** Makes and reads the addresses at which SignalWire fetches the stop documents. */
@Injectable()
export class StopLinks {
  constructor(
    private readonly environment: ServiceEnvironment,
    private readonly clock: SharedClock,
  ) {}

  /**
   * The document's address and the one to fall back to, each with a link of its own that tells which of the two it is.
   * Both are good until a while after `deadline` (epoch milliseconds).
   *
   * @throws {LinkTooLongError} never for `MAX_STOPS` or fewer
   */
  linksTo(
    document: Omit<LinkClaims, 'expiresAt' | 'isFallback'>,
    deadline: number,
  ): { url: string; fallbackUrl: string } {
    const { LINK_SECRET, PUBLIC_URL, FALLBACK_URL = PUBLIC_URL } = this.environment;
    const expiresAt = deadline + MARGIN_MS;
    const pathOf = (isFallback: boolean) =>
      `${STOP_STREAM_PATH}/${signLink({ isFallback, expiresAt, ...document }, LINK_SECRET)}`;
    return { url: PUBLIC_URL + pathOf(false), fallbackUrl: FALLBACK_URL + pathOf(true) };
  }

  /** What a genuine, unexpired token says; null for every other string. */
  read(token: string): LinkClaims | null {
    return readLink(token, this.environment.LINK_SECRET, this.clock.now());
  }
}
