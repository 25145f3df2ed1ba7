import { createHmac, timingSafeEqual } from 'node:crypto';

/** A request as its sender signed it. */
export interface SignedRequest {
  /** Where the sender may have been told to find us, with path and query as they came. */
  readonly urls: readonly string[];
  /** The form of a POST, decoded; of a GET nothing, since its parameters stand in the URL. */
  readonly form: Iterable<readonly [name: string, value: string]>;
  /** The header's value. */
  readonly signature: string;
}

/**
 * Whether one of `keys` signed the request as SignalWire signs web forms: base64 of HMAC-SHA1 over the URL with its
 * query, and after it each field's name and value, sorted by name, with nothing between
 * (`validateRequest` of https://github.com/signalwire/compatibility-api-js and https://github.com/twilio/twilio-node;
 * "scheme B" of `WebhookValidator` in https://github.com/signalwire/signalwire-typescript).
 */
export function isSigned({ urls, form, signature }: SignedRequest, keys: readonly string[]): boolean {
  const given = Buffer.from(signature);
  const fields = fieldsIn([...form]);
  const addresses = [...new Set(urls.flatMap(variantsOf))];
  return keys.some((key) =>
    addresses.some((url) => fields.some((text) => isEqual(given, signatureOf(key, url + text)))),
  );
}

/** With and without the port that goes without saying, and the fragment: signers do not agree. */
function variantsOf(url: string): string[] {
  const withoutFragment = url.replace(/#.*$/s, '');
  return [url, withoutFragment].flatMap((variant) => {
    const [, scheme = '', host = '', port = '', rest = ''] =
      /^(https?:\/\/)([^/?#]*?)(:\d+)?([/?#].*)?$/is.exec(variant) ?? [];
    if (scheme === '') return [variant];
    const usual = scheme.toLowerCase() === 'https://' ? ':443' : ':80';
    return [variant, scheme + host + rest, ...(port === '' ? [scheme + host + usual + rest] : [])];
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

const signatureOf = (key: string, text: string): Buffer =>
  Buffer.from(createHmac('sha1', key).update(text).digest('base64'));

const isEqual = (given: Buffer, expected: Buffer): boolean =>
  given.length === expected.length && timingSafeEqual(given, expected);
