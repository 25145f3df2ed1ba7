import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Verb } from '../cxml/verbs.js';

/** One stream to stop, and the cancellation that asks for it. */
export interface Stop {
  readonly cancellationId: string;
  readonly streamName: string;
}

/**
 * What the call does after the stop: verbs, or what a template says, which then is the whole of the document, and
 * `otherwise` what a fallback says where the template cannot.
 */
export type Next = readonly Verb[] | { readonly template: string; readonly otherwise: readonly Verb[] };

/** All that a stop document needs, so that it can be answered without Redis. */
export interface LinkClaims {
  /** The name of the call's project, whose keys verify the fetch. */
  readonly project: string;
  readonly callSid: string;
  /** In the document's order; `MAX_STOPS` always fit, more where names and verbs are short. */
  readonly stops: readonly Stop[];
  readonly then: Next;
  /** Whether this is the link to fall back to. */
  readonly isFallback?: boolean;
  /** Epoch milliseconds at which the attempt began that the link was made for. */
  readonly sentAt: number;
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
 * of it. It bounds the document as well: XML takes at most five bytes for one of the token's JSON, `&amp;` for `&`, of
 * which there are fewer than 9000, so that SignalWire's 64 kB are never reached.
 */
const MAX_TOKEN_LENGTH = 12_000;

/** Of the claims' form: another one with each change of it, so that no process takes a link for what it is not. */
const VERSION = 1;

/** Enough digits of base 36 for every time that a Date can hold. */
const EXPIRY_LENGTH = 11;

/** The claims as a token holds them, of this version. */
type Written = [
  version: number,
  project: string,
  callSid: string,
  stops: [cancellationId: string, streamName: string][],
  then: Next,
  sentAt: number,
  isFallback: boolean,
];

/** An HMAC-SHA256 in base64url. */
const SIGNATURE_LENGTH = 43;

/** More is to be stopped than one link can carry. */
export class LinkTooLongError extends Error {
  override readonly name = 'LinkTooLongError';
}

/**
 * A token `payload.signature`: the expiry in base 36 and the other claims in base64url, then HMAC-SHA256 (RFC 2104) over
 * both, in base64url. Signed, not encrypted: whoever holds the link can read the call's SID, the streams' names and the
 * verbs, most of which the document shows anyway.
 *
 * @throws {LinkTooLongError} where the token would not be read again; never for `MAX_STOPS` or fewer
 */
export function signLink(claims: LinkClaims, secret: string): string {
  const { project, callSid, stops, then, isFallback = false, sentAt, expiresAt } = claims;
  const pairs = stops.map(({ cancellationId, streamName }) => [cancellationId, streamName]);
  const text = JSON.stringify([VERSION, project, callSid, pairs, then, sentAt, isFallback]);
  const expiry = expiresAt.toString(36).padStart(EXPIRY_LENGTH, '0');
  const payload = expiry + Buffer.from(text).toString('base64url');
  const token = `${payload}.${signatureOf(payload, secret)}`;
  if (token.length > MAX_TOKEN_LENGTH)
    throw new LinkTooLongError(
      `a link to ${stops.length} stops has ${token.length} of at most ${MAX_TOKEN_LENGTH} characters`,
    );
  return token;
}

/**
 * The claims of a genuine, unexpired token; null for any other string, whatever is wrong with it. Each that this secret
 * did not sign is as much work as the other: how long the answer took says no more than the answer does.
 *
 * @param sign what signs a payload
 */
export function readLink(
  token: string,
  secret: string,
  now: number,
  sign: typeof signatureOf = signatureOf,
): LinkClaims | null {
  const read = token.slice(0, MAX_TOKEN_LENGTH);
  const dot = read.lastIndexOf('.');
  const payload = read.slice(0, dot);
  const expiresAt = Number.parseInt(payload.slice(0, EXPIRY_LENGTH), 36);
  const isWhole = read.length === token.length;
  const isGenuine = isEqual(read.slice(dot + 1), sign(payload, secret));
  const isAlive = now < expiresAt;
  const claims = [isWhole, isGenuine, isAlive].includes(false) ? null : claimsIn(payload);
  return claims && { expiresAt, ...claims };
}

/** Null for what was signed with this secret, yet is of another version or no link at all. */
function claimsIn(payload: string): Omit<LinkClaims, 'expiresAt'> | null {
  const text = Buffer.from(payload.slice(EXPIRY_LENGTH), 'base64url').toString();
  try {
    const [version, project, callSid, pairs, then, sentAt, isFallback] = JSON.parse(text) as Written;
    if (version !== VERSION) return null;
    const stops = pairs.map(([cancellationId, streamName]) => ({ cancellationId, streamName }));
    return { project, callSid, stops, then, isFallback, sentAt };
  } catch {
    return null;
  }
}

/** Compared as text, since several texts decode to the same bytes, and at one length, whichever was given. */
function isEqual(given: string, expected: string): boolean {
  const bytes = Buffer.alloc(SIGNATURE_LENGTH);
  bytes.write(given);
  return [timingSafeEqual(bytes, Buffer.from(expected)), given.length === expected.length].every(Boolean);
}

function signatureOf(payload: string, secret: string): string {
  return createHmac('sha256', secret).update(payload).digest('base64url');
}
