import type { LinkClaims } from './link-token.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the genuine link that was asked for says; null where none was. */
    link: LinkClaims | null;
    standing: Standing;
  }
}

/**
 * What a request on `PUBLIC_PORT` is taken for, and with it what it takes from its source's allowance: a `stranger` (the
 * first guess) one if it is refused, what is `open` to all always one, what SignalWire alone can have sent (`genuine`)
 * nothing, nor what may well be its (`plausible`).
 */
export type Standing = 'stranger' | 'open' | 'plausible' | 'genuine';

/** @param status the answer's HTTP status; 429 itself takes no more, so that a source recovers though it goes on */
export function isSpending(standing: Standing, status: number): boolean {
  if (status === 429 || status >= 500) return false;
  return standing === 'open' || (standing !== 'genuine' && status >= 400);
}
