import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Verb } from '../cxml/verbs.js';
import type { Trace } from '../platform/trace/trace.js';

/** One stream to stop, the cancellation that asks for it, and the request that asked for that. */
export interface Stop extends Trace {
  readonly cancellationId: string;
  readonly streamName: string;
}

/** After the stop: verbs, or a template, which is the whole document; `otherwise` applies if it cannot be used. */
export type Next = readonly Verb[] | { readonly template: string; readonly otherwise: readonly Verb[] };

/** Everything that a stop document needs, so that it can be served without Redis. */
export interface LinkClaims {
  /** The name of the call's project, whose signing keys verify the fetch. */
  readonly project: string;
  readonly callSid: string;
  /** In the order of the document. `MAX_STOPS` always fit, and more if names and verbs are short. */
  readonly stops: readonly Stop[];
  readonly then: Next;
  /** Whether this is the `FallbackUrl`. */
  readonly isFallback?: boolean;
  /** When the link's attempt started, in epoch milliseconds. */
  readonly sentAt: number;
  /** Until when a cancellation may wait for the fetch, in epoch milliseconds. */
  readonly awaitedUntil: number;
  /** When the link becomes invalid, in epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * How many stops fit in one link, whatever the names and verbs: a name of 256 characters takes up to 1024 bytes, `then`
 * up to 4096. With names of 30 letters and the guide's `then`, about a hundred fit.
 */
export const MAX_STOPS = 4;

/**
 * Bounds the work for a forged token, and leaves a quarter of Node's 16 kB for the rest of a request's head. It also
 * keeps the document below SignalWire's 64 kB: the token has fewer than 9000 bytes of JSON, and XML needs at most five
 * for each.
 */
const MAX_TOKEN_LENGTH = 12_000;

/** Changes with the format of the claims, so that a process refuses the links of other versions. */
const VERSION = 2;

/** Enough base-36 digits for every Date. */
const EXPIRY_LENGTH = 11;

type WrittenStop = readonly [
  cancellationId: string,
  streamName: string,
  requestId?: string,
  traceparent?: string,
];

/** The claims in a token of this version. */
type Written = [
  version: number,
  project: string,
  callSid: string,
  stops: WrittenStop[],
  then: Next,
  sentAt: number,
  isFallback: boolean,
  awaitedUntil: number,
];

/** An HMAC-SHA256 in base64url. */
const SIGNATURE_LENGTH = 43;

/** A link cannot carry this many stops. */
export class LinkTooLongError extends Error {
  override readonly name = 'LinkTooLongError';
}

/**
 * Makes a token `payload.signature`. The payload is the expiry in base 36 and the other claims in base64url; the
 * signature is the HMAC-SHA256 (RFC 2104) of the payload in base64url. It is not encrypted: whoever has the link can
 * read the call's SID, the streams' names and the verbs, most of which are in the document anyway, and the requests'
 * ids. These are only for the log, and left out where the link would be too long with them.
 *
 * @throws {LinkTooLongError} never for `MAX_STOPS` or fewer
 */
export function signLink(claims: LinkClaims, secret: string): string {
  const { stops } = claims;
  const traced = tokenOf(claims, stops.map(tracedStop), secret);
  const token = traced.length > MAX_TOKEN_LENGTH ? tokenOf(claims, stops.map(plainStop), secret) : traced;
  if (token.length > MAX_TOKEN_LENGTH)
    throw new LinkTooLongError(
      `a link to ${stops.length} stops has ${token.length} of at most ${MAX_TOKEN_LENGTH} characters`,
    );
  return token;
}

function tokenOf(claims: LinkClaims, stops: readonly WrittenStop[], secret: string): string {
  const { project, callSid, then, isFallback = false, sentAt, awaitedUntil, expiresAt } = claims;
  const text = JSON.stringify([VERSION, project, callSid, stops, then, sentAt, isFallback, awaitedUntil]);
  const expiry = expiresAt.toString(36).padStart(EXPIRY_LENGTH, '0');
  const payload = expiry + Buffer.from(text).toString('base64url');
  return `${payload}.${signatureOf(payload, secret)}`;
}

const plainStop = ({ cancellationId, streamName }: Stop): WrittenStop => [cancellationId, streamName];

/** What is not known is left out at the end. A `traceparent` comes with an id. */
const tracedStop = ({ cancellationId, streamName, requestId, traceparent }: Stop): WrittenStop => {
  if (requestId === undefined) return [cancellationId, streamName];
  return traceparent === undefined
    ? [cancellationId, streamName, requestId]
    : [cancellationId, streamName, requestId, traceparent];
};

/**
 * The claims of a valid, unexpired token; null for any other string. Every token that this secret did not sign takes
 * the same work, so that the response time reveals no more than the response.
 *
 * @param sign for tests
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

/** Null for another version, or for something else that was signed with this secret. */
function claimsIn(payload: string): Omit<LinkClaims, 'expiresAt'> | null {
  const text = Buffer.from(payload.slice(EXPIRY_LENGTH), 'base64url').toString();
  try {
    const [version, project, callSid, written, then, sentAt, isFallback, awaitedUntil] = JSON.parse(
      text,
    ) as Written;
    if (version !== VERSION) return null;
    const stops = written.map(([cancellationId, streamName, requestId, traceparent]) => ({
      cancellationId,
      streamName,
      requestId,
      traceparent,
    }));
    return { project, callSid, stops, then, isFallback, sentAt, awaitedUntil };
  } catch {
    return null;
  }
}

/** Compares the texts, because several texts decode to the same bytes, and always the same number of bytes. */
function isEqual(given: string, expected: string): boolean {
  const bytes = Buffer.alloc(SIGNATURE_LENGTH);
  bytes.write(given);
  return [timingSafeEqual(bytes, Buffer.from(expected)), given.length === expected.length].every(Boolean);
}

function signatureOf(payload: string, secret: string): string {
  return createHmac('sha256', secret).update(payload).digest('base64url');
}
