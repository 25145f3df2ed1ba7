import { createHmac, hkdfSync } from 'node:crypto';
import { isSame } from '../platform/http/is-same.js';

export const SESSION_MS = 12 * 3_600_000;

/** Which API key a session stands for, and until when. */
export interface SessionClaims {
  /** The SHA-256 of the key, so that the session ends with the key. */
  readonly keyDigest: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** The keys that sign sessions and CSRF tokens. */
export interface SessionKeys {
  readonly session: Buffer;
  readonly csrf: Buffer;
}

/** Derives them (RFC 5869), so that nothing else that is signed with the secret passes for a session. */
export const sessionKeysOf = (secret: string): SessionKeys => ({
  session: derived(secret, 'streamstop session'),
  csrf: derived(secret, 'streamstop csrf'),
});

const derived = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));

/** Makes a token `digest.expiry.signature`, the expiry in base 36 and the signature an HMAC-SHA256 in base64url. */
export function signSession({ keyDigest, expiresAt }: SessionClaims, { session }: SessionKeys): string {
  const payload = `${keyDigest}.${expiresAt.toString(36)}`;
  return `${payload}.${signatureOf(payload, session)}`;
}

/** The claims of a valid, unexpired token; null for any other text. */
export function readSession(token: string, { session }: SessionKeys, now: number): SessionClaims | null {
  const dot = token.lastIndexOf('.');
  const payload = token.slice(0, Math.max(0, dot));
  if (!isSame(token.slice(dot + 1), signatureOf(payload, session))) return null;
  const [keyDigest = '', expiry = ''] = payload.split('.');
  const expiresAt = Number.parseInt(expiry, 36);
  return now < expiresAt ? { keyDigest, expiresAt } : null;
}

/** What a page has to send with each change, which a page of another site cannot read. */
export const csrfTokenOf = (token: string, { csrf }: SessionKeys): string => signatureOf(token, csrf);

const signatureOf = (payload: string, key: Buffer): string =>
  createHmac('sha256', key).update(payload).digest('base64url');
