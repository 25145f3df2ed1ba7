import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The parts of a request that a signature covers. */
export interface SignedRequest {
  /** Every address under which SignalWire may know this service, with the request's path and query. */
  readonly urls: readonly string[];
  /** The decoded form of a POST; empty for a GET, whose parameters are in the URL. */
  readonly form: Iterable<readonly [name: string, value: string]>;
  readonly body: Buffer;
  readonly signature: string;
}

/**
 * SignalWire sends about twenty fields. Anybody could send thousands, and all are sorted and signed before a refusal.
 */
const MAX_SIGNED_BYTES = 8192;
const MAX_SIGNED_FIELDS = 200;

/** An HMAC-SHA1 in base64 and in hexadecimal. No signature of another form needs to be checked. */
const BASE64_SHA1 = /^[A-Za-z0-9+/]{27}=$/;
const HEX_SHA1 = /^[0-9a-f]{40}$/;

/**
 * Whether one of `keys` signed the request in one of SignalWire's ways. Each is an HMAC-SHA1 over the URL with its query
 * and then:
 *
 * - for a web form, such as cXML requests: each field's name and value, sorted by name, without separators; in base64
 *   (`validateRequest` of https://github.com/signalwire/compatibility-api-js and https://github.com/twilio/twilio-node)
 * - for a body whose SHA-256 the query contains as `bodySHA256`: nothing; in base64 (`validateRequestWithBody` there)
 * - for JSON: the raw body; in hexadecimal
 *
 * `WebhookValidator` of https://github.com/signalwire/signalwire-typescript accepts all three.
 *
 * Always false for more than `MAX_SIGNED_BYTES` or `MAX_SIGNED_FIELDS`.
 *
 * @param digestOf for tests
 */
export function isSigned(
  request: SignedRequest,
  keys: readonly string[],
  digestOf: typeof hmacOf = hmacOf,
): boolean {
  const encoding = encodingOf(request);
  if (encoding === null || keys.length === 0 || isTooMuch(request)) return false;
  const given = Buffer.from(request.signature);
  const rests = encoding === 'hex' ? [request.body] : restsOfForm(request);
  const addresses = [...new Set(request.urls.flatMap(variantsOf))];
  return keys.some((key) =>
    addresses.some((url) =>
      rests.some((rest) => {
        const digest = digestOf(key, url, rest).toString(encoding);
        return timingSafeEqual(given, Buffer.from(digest));
      }),
    ),
  );
}

const hmacOf = (key: string, url: string, rest: string | Buffer): Buffer =>
  createHmac('sha1', key).update(url).update(rest).digest();

function isTooMuch({ body, form }: SignedRequest): boolean {
  return body.length > MAX_SIGNED_BYTES || [...form].length > MAX_SIGNED_FIELDS;
}

/** Null if the signature has no known form, or none that fits the body. */
function encodingOf({ signature, body }: SignedRequest): 'base64' | 'hex' | null {
  if (BASE64_SHA1.test(signature)) return 'base64';
  // The signature of a form must not be valid for a body with the same text.
  return HEX_SHA1.test(signature) && body.toString('latin1', 0, 1) === '{' ? 'hex' : null;
}

/** Anchored, because it would otherwise be tried from every question mark of an address. */
const BODY_HASH = /^[^?#]*\?(?:[^#]*[?&])?bodySHA256=([0-9a-f]{64})(?![^&#])/;

/** The texts that may have been signed after the URL. */
function restsOfForm({ urls: [url = ''], form, body }: SignedRequest): string[] {
  const [, hash] = BODY_HASH.exec(url) ?? [];
  const isHashed = hash !== undefined && hash === createHash('sha256').update(body).digest('hex');
  return [...new Set([...fieldsIn([...form]), ...(isHashed ? [''] : [])])];
}

/** With and without port, fragment and capitals in the host: signers differ, and both SDKs ignore a URL's port. */
function variantsOf(url: string): string[] {
  return [url, url.replace(/#.*$/s, '')].flatMap((variant) => {
    const [, scheme = '', host = '', port = '', rest = ''] =
      /^(https?:\/\/)([^/?#]*?)(:\d+)?([/?#].*)?$/is.exec(variant) ?? [];
    if (scheme === '') return [variant];
    const usual = scheme.toLowerCase() === 'https://' ? ':443' : ':80';
    const ports = port === '' || port === usual ? ['', usual] : [port, ''];
    return [host, host.toLowerCase()].flatMap((name) => ports.map((each) => scheme + name + each + rest));
  });
}

/**
 * The fields as signed text. For a repeated name, SignalWire's SDK keeps all values in the order sent; Twilio's keeps
 * each distinct value once, in alphabetical order.
 */
function fieldsIn(form: readonly (readonly [name: string, value: string])[]): string[] {
  const asSent = form.toSorted(([a], [b]) => compare(a, b));
  const byValue = form.toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  const unique = byValue.filter(
    ([name, value], index) => name !== byValue[index - 1]?.[0] || value !== byValue[index - 1]?.[1],
  );
  return [...new Set([asSent, unique].map((fields) => fields.flat().join('')))];
}

/** In the default order of `Array#sort`: by UTF-16 code units. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
