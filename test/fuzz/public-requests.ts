import * as fc from 'fast-check';
import { bytes, onTheWire, parts, segment, written } from './wire.js';

/** What a client of the public port may know. */
export interface Known {
  /** A valid token of a stop document. */
  readonly token: string;
  readonly accountSid: string;
}

/** Requests to `PUBLIC_PORT`: near a valid link, near the other routes, and not. */
export function publicRequests({ token, accountSid }: Known): fc.Arbitrary<readonly Buffer[]> {
  const nearToken = fc
    .tuple(fc.nat(token.length - 1), segment)
    .map(([place, other]) => token.slice(0, place) + other + token.slice(place + 1));
  const path = fc.oneof(
    fc.constantFrom('/laml/stop-stream', '/laml/stream-status', `/laml/stop-stream/${token}`),
    fc.uuid().map((nonce) => `/laml/ping/${nonce}`),
    nearToken.map((near) => `/laml/stop-stream/${near}`),
    fc
      .tuple(fc.constantFrom('ping', 'templates', 'stop-stream', 'stream-status'), segment)
      .map(([route, value]) => `/laml/${route}/${value}`),
    fc.array(segment, { maxLength: 3 }).map((segments) => `/${segments.join('/')}`),
  );
  const field = fc.tuple(
    fc.constantFrom(
      'AccountSid',
      'CallSid',
      'StreamSid',
      'StreamName',
      'StreamEvent',
      'Timestamp',
      '__proto__',
      'a[b]',
    ),
    fc.oneof(
      segment,
      fc.constantFrom(accountSid, 'stream-stopped', 'stream-started', '2026-01-01T00:00:00Z'),
    ),
  );
  const form = fc
    .array(field, { maxLength: 8 })
    .map((fields) => Buffer.from(fields.map(([name, value]) => `${name}=${value}`).join('&')));
  const body = fc.oneof(
    { weight: 4, arbitrary: form },
    bytes(200),
    fc.constant(Buffer.alloc(70_000, 'a=b&')),
  );
  const type = 'Content-Type: application/x-www-form-urlencoded';
  return onTheWire(parts(path, body).map((one) => written({ ...one, headers: [type, ...one.headers] }, [])));
}
