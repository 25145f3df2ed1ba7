import { createHmac } from 'node:crypto';

export const PING_PATH = '/laml/ping';

/**
 * What only this service answers to a ping: an HMAC-SHA256 of the path and query as they reached it. The key is
 * derived, so that no ping is ever answered with the signature of a link.
 *
 * @param url the path and query of the request
 */
export function pingAnswer(url: string, secret: string): string {
  const key = createHmac('sha256', secret).update('ping').digest();
  return createHmac('sha256', key).update(url).digest('base64url');
}
