import type { LinkClaims } from '../../links/link-token.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the genuine link that was asked for says; null where none was. */
    link: LinkClaims | null;
    standing: Standing;
  }
}

/**
 * What a request on `PUBLIC_PORT` is taken for, and with it what it takes from its source's allowances: a `stranger` (the
 * first guess) one if it is refused, what is `open` to all always one, what may well be SignalWire's (`plausible`) one from
 * an allowance of its own, and what SignalWire alone can have sent (`genuine`) nothing.
 */
export type Standing = 'stranger' | 'open' | 'plausible' | 'genuine';

/** What a source may ask for: as a stranger, and in the name of a project whose requests nothing verifies. */
export type Allowance = 'stranger' | 'plausible';

/**
 * The allowance that a request takes one from; null for none.
 *
 * @param status the answer's HTTP status; 429 itself takes no more, so that a source recovers though it goes on
 */
export function allowanceOf(standing: Standing, status: number): Allowance | null {
  if (status === 429 || status >= 500 || standing === 'genuine') return null;
  if (standing === 'plausible') return 'plausible';
  return standing === 'open' || status >= 400 ? 'stranger' : null;
}
