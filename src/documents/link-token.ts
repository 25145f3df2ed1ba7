import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Verb } from './verbs.js';

/** One stream to stop, and the cancellation that asks for it. */
export interface Stop {
  readonly cancellationId: string;
  readonly streamName: string;
}

/** What the call does after the stop: verbs, or what a template says, which then is the whole of the document. */
export type Next = readonly Verb[] | { readonly template: string };

/** All that a stop document needs, so that it can be answered without Redis. */
export interface LinkClaims {
  /** The name of the call's project, whose keys verify the fetch. */
  readonly project: string;
  readonly callSid: string;
  /** In the document's order; `MAX_STOPS` always fit, more where names and verbs are short. */
  readonly stops: readonly Stop[];
  readonly then: Next;
  /** Epoch milliseconds after which the link is dead. */
  readonly expiresAt: number;
}

/**
 * How many stops fit in one link, whatever the names, with the longest `then`: a name of 256 characters takes up to
 * 768 bytes, `then` up to 4096. With names of 30 letters and the guide's `then` it would be a hundred.
 */
export const MAX_STOPS = 5;

/**
 * Bounds the work that a forged token can cause, and leaves a quarter of Node's 16 kB for a request's head to the rest
 * of it.
 */
const MAX_TOKEN_LENGTH = 12_000;

/** More is to be stopped than one link can carry. */
export class LinkTooLongError extends Error {
  override readonly name = 'LinkTooLongError';
}

/**
 * A token `payload.signature`, both base64url: HMAC-SHA256 (RFC 2104) over the payload. Signed, not encrypted:
 * whoever holds the link can read the call's SID, the streams' names and the verbs, most of which the document shows
 * anyway.
 *
 * @throws {LinkTooLongError} where the token would not be read again; never for `MAX_STOPS` or fewer
 */
export function signLink(claims: LinkClaims, secret: string): string {
  const { project, callSid, stops, then, expiresAt } = claims;
  const pairs = stops.map(({ cancellationId, streamName }) => [cancellationId, streamName]);
  const text = JSON.stringify([project, callSid, pairs, then, expiresAt]);
  const payload = Buffer.from(text).toString('base64url');
  const token = `${payload}.${signatureOf(payload, secret)}`;
  if (token.length > MAX_TOKEN_LENGTH)
    throw new LinkTooLongError(
      `a link to ${stops.length} stops has ${token.length} of at most ${MAX_TOKEN_LENGTH} characters`,
    );
  return token;
}

/** The claims of a genuine, unexpired token; null for any other string, whatever is wrong with it. */
export function readLink(token: string, secret: string, now: number): LinkClaims | null {
  const dot = token.indexOf('.');
  if (dot < 0 || token.length > MAX_TOKEN_LENGTH) return null;
  const payload = token.slice(0, dot);
  // Compared as text, since several texts decode to the same bytes.
  const given = Buffer.from(token.slice(dot + 1));
  const expected = Buffer.from(signatureOf(payload, secret));
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;

  const [project, callSid, pairs, then, expiresAt] = JSON.parse(
    Buffer.from(payload, 'base64url').toString(),
  ) as [string, string, [string, string][], Next, number];
  const stops = pairs.map(([cancellationId, streamName]) => ({ cancellationId, streamName }));
  return now < expiresAt ? { project, callSid, stops, then, expiresAt } : null;
}

function signatureOf(payload: string, secret: string): string {
  return createHmac('sha256', secret).update(payload).digest('base64url');
}
