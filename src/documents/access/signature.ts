import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request as its sender signed it. */
export interface SignedRequest {
  /** Where the sender may have been told to find us, with path and query as they came. */
  readonly urls: readonly string[];
  /** The form of a POST, decoded; of a GET nothing, since its parameters stand in the URL. */
  readonly form: Iterable<readonly [name: string, value: string]>;
  /** The body as it came. */
  readonly body: Buffer;
  /** The header's value. */
  readonly signature: string;
}

/**
 * SignalWire sends about twenty fields. A stranger can send as many as a body holds, and each would be sorted and signed
 * before it shows that the signature is wrong.
 */
const MAX_SIGNED_BYTES = 8192;
const MAX_SIGNED_FIELDS = 200;

/** Base64 and hexadecimal of an HMAC-SHA1; nothing else is worth computing one for. */
const OF_FORM = /^[A-Za-z0-9+/]{27}=$/;
const OF_JSON = /^[0-9a-f]{40}$/;

/**
 * Whether one of `keys` signed the request in one of the ways in which SignalWire does, each an HMAC-SHA1 that begins
 * with the URL and its query:
 *
 * - a web form, which is what cXML requests are: base64, and after the URL each field's name and value, sorted by name,
 *   with nothing between (`validateRequest` of https://github.com/signalwire/compatibility-api-js and
 *   https://github.com/twilio/twilio-node);
 * - a body of any kind whose SHA-256 the query names as `bodySHA256`: base64, and nothing after the URL
 *   (`validateRequestWithBody` of the same);
 * - JSON: hexadecimal, and after the URL the body as it came.
 *
 * `WebhookValidator` of https://github.com/signalwire/signalwire-typescript takes all three.
 *
 * False for a body of more than `MAX_SIGNED_BYTES` or `MAX_SIGNED_FIELDS`, whoever signed it.
 *
 * @param digestOf the HMAC-SHA1 of what was signed
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

/** Null where the signature is of no scheme, or of none for such a body. */
function encodingOf({ signature, body }: SignedRequest): 'base64' | 'hex' | null {
  if (OF_FORM.test(signature)) return 'base64';
  // What was signed as a form must not count as another body with the same text.
  return OF_JSON.test(signature) && body.toString('latin1', 0, 1) === '{' ? 'hex' : null;
}

/** What may have been signed after the URL. */
function restsOfForm({ urls: [url = ''], form, body }: SignedRequest): string[] {
  const [, hash] = /\?(?:[^#]*&)?bodySHA256=([0-9a-f]{64})(?![^&#])/.exec(url) ?? [];
  const isHashed = hash !== undefined && hash === createHash('sha256').update(body).digest('hex');
  return [...new Set([...fieldsIn([...form]), ...(isHashed ? [''] : [])])];
}

/**
 * With and without port, fragment and the host's capitals: signers do not agree, and both SDKs take a URL without the
 * port that it has.
 */
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
 * The fields as text. Of a name that comes more than once SignalWire's SDK takes each value in the order in which it
 * came, and Twilio's each different one in alphabetical order.
 */
function fieldsIn(form: readonly (readonly [name: string, value: string])[]): string[] {
  const asSent = form.toSorted(([a], [b]) => compare(a, b));
  const byValue = form.toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  const unique = byValue.filter(
    ([name, value], index) => name !== byValue[index - 1]?.[0] || value !== byValue[index - 1]?.[1],
  );
  return [...new Set([asSent, unique].map((fields) => fields.flat().join('')))];
}

/** As `Array#sort` orders texts: by UTF-16 code units. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
