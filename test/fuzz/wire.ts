import * as fc from 'fast-check';

/** Of a request. */
export interface Parts {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Random bytes. */
export const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

/** Text that is legal in a path or not, with percent-encodings that can be decoded or not. */
export const segment = fc.oneof(
  fc.string({ maxLength: 20 }).map(encodeURIComponent),
  fc.string({ unit: 'binary', maxLength: 8 }).map(encodeURIComponent),
  fc.constantFrom(
    '%',
    '%zz',
    '%C3',
    '%ff',
    '%00',
    '%2e%2e',
    '..',
    '.',
    '',
    '*',
    ':id',
    '%2f',
    ';a=b',
    'x'.repeat(9000),
  ),
  fc.stringMatching(/^(?:%[0-9a-fA-F]{2}){1,6}$/),
);

const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('GET', 'POST') },
  fc.constantFrom(
    'HEAD',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'CONNECT',
    'PROPFIND',
    'QUERY',
    'NONSENSE',
    'get',
  ),
);

const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc
    .tuple(
      fc.constantFrom('STREAMNAME', 'streamname', 'STREAMNAME[]', 'STREAMNAM', 'limit', '__proto__'),
      segment,
    )
    .map(([name, value]) => `?${name}=${value}`),
  segment.map((value) => `?${value}`),
  segment.map((value) => `?STREAMNAME=a&STREAMNAME=${value}&x`),
);

const contentType = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=latin1',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/xml',
  'application/problem+json',
  'nonsense',
  '/',
  '',
);

const header = fc.oneof(
  contentType.map((type) => `Content-Type: ${type}`),
  fc.constantFrom(
    'Expect: 100-continue',
    'Expect: nonsense',
    'Content-Encoding: gzip',
    'Accept-Encoding: gzip',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: nonsense',
    'Content-Length: 5',
    'Content-Length: -1',
    'Content-Length: 99999999999999999999',
    'Host:',
    'Host: example.com',
    'Host: 127.0.0.1',
    'Origin: http://example.com',
    'Upgrade: websocket',
    'Connection: upgrade',
    'Range: bytes=0-0',
    'If-None-Match: *',
    'X-SignalWire-Signature: AAAAAAAAAAAAAAAAAAAAAAAAAAA=',
    'X-Forwarded-For: nonsense',
    'Authorization: Bearer  x',
    'Authorization: Basic',
    'Idempotency-Key: a',
    'Idempotency-Key: b',
    'no colon',
    ' folded',
  ),
  fc
    .tuple(fc.stringMatching(/^[A-Za-z-]{1,12}$/), fc.string({ unit: 'binary', maxLength: 40 }))
    .map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/g, '')}`),
  fc.constant(`X-Long: ${'x'.repeat(20_000)}`),
);

/** A request with `path` and `body` whose method and headers may be anything. */
export const parts = (path: fc.Arbitrary<string>, body: fc.Arbitrary<Buffer>): fc.Arbitrary<Parts> =>
  fc.record({
    method,
    path: fc.tuple(path, query).map(([start, end]) => start + end),
    headers: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      fc.array(header, { minLength: 1, maxLength: 3 }),
    ),
    body,
  });

/** `own` headers are sent unless the request has others of the name. */
export function written({ method: verb, path, headers, body }: Parts, own: readonly string[]): Buffer {
  const named = new Set(headers.map((line) => line.split(':')[0]?.toLowerCase()));
  const usual = [
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    ...own,
  ];
  const kept = usual.filter((line) => !named.has(line.split(':')[0]?.toLowerCase()));
  const head = [`${verb} ${path} HTTP/1.1`, ...kept, ...headers, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head), body]);
}

/** What one connection carries: a request that is whole, cut off or damaged, two requests, or no HTTP at all. */
export const onTheWire = (request: fc.Arbitrary<Buffer>): fc.Arbitrary<readonly Buffer[]> =>
  fc.oneof(
    { weight: 12, arbitrary: request.map((all) => [all]) },
    fc
      .tuple(request, fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([all, part]) => [all.subarray(0, Math.floor(all.length * part))]),
    fc.tuple(request, fc.nat(), fc.nat(255)).map(([all, place, byte]) => {
      const damaged = Buffer.from(all);
      if (damaged.length > 0) damaged[place % damaged.length] = byte;
      return [damaged];
    }),
    fc.tuple(request, request),
    bytes(300).map((all) => [all]),
  );
