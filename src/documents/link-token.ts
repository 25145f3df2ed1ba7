import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Verb } from './verbs.js';

/** All that the stop document of one cancellation needs, so that it can be answered without Redis. */
export interface LinkClaims {
  readonly cancellationId: string;
  readonly streamName: string;
  readonly then: readonly Verb[];
  /** Epoch milliseconds after which the link is dead. */
  readonly expiresAt: number;
}

/** Bounds the work that a forged token can cause; a genuine one is about half as long at most. */
const MAX_TOKEN_LENGTH = 12_000;

/**
 * A token `payload.signature`, both base64url: HMAC-SHA256 (RFC 2104) over the payload. Signed, not encrypted:
 * whoever holds the link can read the stream's name and the verbs, which the document shows anyway.
 */
export function signLink(claims: LinkClaims, secret: string): string {
  const { cancellationId, streamName, then, expiresAt } = claims;
  const payload = Buffer.from(JSON.stringify([cancellationId, streamName, then, expiresAt])).toString(
    'base64url',
  );
  return `${payload}.${signatureOf(payload, secret)}`;
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

  const [cancellationId, streamName, then, expiresAt] = JSON.parse(
    Buffer.from(payload, 'base64url').toString(),
  ) as [string, string, Verb[], number];
  return now < expiresAt ? { cancellationId, streamName, then, expiresAt } : null;
}

function signatureOf(payload: string, secret: string): string {
  return createHmac('sha256', secret).update(payload).digest('base64url');
}
