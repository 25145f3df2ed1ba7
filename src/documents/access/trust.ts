import type { LinkClaims } from '../../links/link-token.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the requested link says; null without a valid link. */
    link: LinkClaims | null;
    trust: Trust;
  }
}

/**
 * Whether a request on `PUBLIC_PORT` comes from SignalWire. `verified`: it has a right signature, or a valid link of a
 * project without a signing key. `open`: nothing shows who sent it, and its project has no signing key to tell.
 * `unverified`: everything else, and every request before its guard has run.
 */
export type Trust = 'verified' | 'open' | 'unverified';

/**
 * Whether the response counts against the allowance of the request's source.
 *
 * @param status the HTTP status; 429 does not count, so that a source recovers even if it goes on asking
 */
export function isCharged(trust: Trust, status: number): boolean {
  if (status === 429 || status >= 500 || trust === 'verified') return false;
  return trust === 'open' || status >= 400;
}
