import { createHmac } from 'node:crypto';
import { RestClient } from '@signalwire/compatibility-api';
import * as fc from 'fast-check';
import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import { isSigned } from '../../../src/documents/access/signature.js';
import { signForm } from '../../../src/simulator/outgoing/signature.js';
import { fastestMs } from '../../platform/fastest.js';

type Form = Readonly<Record<string, string | readonly string[]>>;

const KEY = '12345';
const FORM = {
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675309',
  Digits: '1234',
  From: '+14158675309',
  To: '+18005551212',
};
const URL_B = 'https://mycompany.com/myapp.php?foo=1&bar=2';
const SIGNATURE = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';

/** SignalWire's own vectors for JSON: signed with its body, and with the body's hash in the query. */
const JSON_KEY = 'PSKtest1234567890abcdef';
const URL_A = 'https://example.ngrok.io/webhook';
const BODY_A = '{"event":"call.state","params":{"call_id":"abc-123","state":"answered"}}';
const SIGNATURE_A = 'c3c08c1fefaf9ee198a100d5906765a6f394bf0f';
const URL_C = `${URL_A}?bodySHA256=69f3cbfc18e386ef8236cb7008cd5a54b7fed637a8cb3373b5a1591d7f0fd5f4`;
const BODY_C = '{"event":"call.state"}';
const SIGNATURE_C = 'dfO9ek8mxyFtn2nMz24plPmPfIY=';

const pairsOf = (form: Form) =>
  Object.entries(form).flatMap(([name, values]) => [values].flat().map((value) => [name, value] as const));

const requestOf = (signature: string, url: string, form: Form = FORM) => {
  const pairs = pairsOf(form);
  const body = Buffer.from(
    new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString(),
  );
  return { urls: [url], form: pairs, body, signature };
};

const accepts = (signature: string, url: string, form: Form = FORM, keys: readonly string[] = [KEY]) =>
  isSigned(requestOf(signature, url, form), keys);

/** A POST of `text`, read as the form that it is not. */
const acceptsBody = (signature: string, url: string, text: string) =>
  isSigned({ urls: [url], form: new URLSearchParams(text), body: Buffer.from(text), signature }, [JSON_KEY]);

const hmac = (url: string) => createHmac('sha1', JSON_KEY).update(url).digest('base64');

/** As each SDK signs; SignalWire's own exports no more than the check. */
const twilioSigns = (key: string, url: string, form: Form) =>
  twilio.getExpectedTwilioSignature(key, url, form as Record<string, string>);

const signalwireAccepts = (key: string, signature: string, url: string, form: Form) =>
  RestClient.validateRequest(key, signature, url, form as Record<string, string>);

describe('a signature', () => {
  it("is right for SignalWire's test vector for forms", () => {
    expect(accepts(SIGNATURE, URL_B)).toBe(true);
  });

  it.each([
    ['another key', { keys: ['12346'] }],
    ['no key', { keys: [] }],
    ['another path', { url: URL_B.replace('myapp', 'other') }],
    ['another query', { url: URL_B.replace('foo=1', 'foo=2') }],
    ['another host', { url: URL_B.replace('mycompany', 'other') }],
    ['another value', { form: { ...FORM, Digits: '1235' } }],
    ['one field more', { form: { ...FORM, More: '' } }],
    ['no fields', { form: {} }],
    ['another case', { signature: SIGNATURE.toLowerCase() }],
    ['no signature', { signature: '' }],
    ['a longer signature', { signature: `${SIGNATURE}=` }],
    ['characters beyond ASCII', { signature: 'é'.repeat(14) }],
  ])('is wrong for %s', (_, other) => {
    const { signature, url, form, keys } = {
      signature: SIGNATURE,
      url: URL_B,
      form: FORM,
      keys: [KEY],
      ...other,
    };
    expect(accepts(signature, url, form, keys)).toBe(false);
  });

  it('is right with any of several keys and addresses', () => {
    const urls = ['https://other.example.com/', URL_B];
    expect(isSigned({ ...requestOf(SIGNATURE, URL_B), urls }, ['old', KEY])).toBe(true);
  });

  it("is right for SignalWire's test vector for JSON, and only for that body", () => {
    expect(acceptsBody(SIGNATURE_A, URL_A, BODY_A)).toBe(true);
    expect(acceptsBody(SIGNATURE_A, `${URL_A}#rt=1000`, BODY_A)).toBe(true);
    expect(acceptsBody(SIGNATURE_A, URL_A, `${BODY_A} `)).toBe(false);
    expect(acceptsBody(SIGNATURE_A, `${URL_A}?a=b`, BODY_A)).toBe(false);
    expect(acceptsBody(SIGNATURE_A.toUpperCase(), URL_A, BODY_A)).toBe(false);
  });

  it("is right for SignalWire's test vector for a body whose hash is in the query, and only for that body", () => {
    expect(acceptsBody(SIGNATURE_C, URL_C, BODY_C)).toBe(true);
    expect(acceptsBody(SIGNATURE_C, URL_C.replace('.io/', '.io:443/'), BODY_C)).toBe(true);
    expect(acceptsBody(SIGNATURE_C, URL_C, `${BODY_C} `)).toBe(false);
    expect(acceptsBody(SIGNATURE_C, `${URL_C}0`, BODY_C)).toBe(false);
    expect(acceptsBody(SIGNATURE_C, URL_C.replace('body', 'other'), BODY_C)).toBe(false);
  });

  it('of a form is wrong for a body with the same text', () => {
    const bySignalWire = signForm(JSON_KEY, URL_A, { CallSid: 'x' });
    const asHex = Buffer.from(bySignalWire, 'base64').toString('hex');
    expect(acceptsBody(bySignalWire, URL_A, 'CallSid=x')).toBe(true);
    expect(acceptsBody(asHex, URL_A, 'CallSidx')).toBe(false);
  });

  it('covers the fields of a form even if its URL contains the hash of a body', () => {
    const url = `${URL_B}&bodySHA256=69f3cbfc18e386ef8236cb7008cd5a54b7fed637a8cb3373b5a1591d7f0fd5f4`;
    expect(accepts(signForm(KEY, url, FORM), url)).toBe(true);
    expect(accepts(signForm(KEY, url, {}), url)).toBe(false);
  });

  it.each([
    ['https://e.com/a', 'https://e.com:443/a'],
    ['https://e.com:443/a', 'https://e.com/a'],
    ['http://e.com/a?b=:80', 'http://e.com:80/a?b=:80'],
    ['http://[::1]/a', 'http://[::1]:80/a'],
    ['https://e.com/a#rt=1000', 'https://e.com/a'],
    ['https://e.com/a#rt=1000', 'https://e.com:443/a'],
    ['https://e.com/a?b=1#rt=1000', 'https://e.com/a?b=1#rt=1000'],
    ['https://E.com/Path', 'https://e.com/Path'],
    ['https://e.com:8443/a', 'https://e.com/a'],
    ['https://E.com:443/Path', 'https://e.com/Path'],
  ])('for %s is right if the signer used %s', (url, signed) => {
    expect(accepts(signForm(KEY, signed, FORM), url)).toBe(true);
  });

  it.each([
    ['https://e.com/a', 'https://e.com:80/a'],
    ['http://e.com/a', 'http://e.com:443/a'],
    ['https://e.com/a', 'https://e.com:8443/a'],
    ['https://e.com/a', 'http://e.com/a'],
    ['https://e.com/A', 'https://e.com/a'],
  ])('for %s is wrong if the signer used %s', (url, signed) => {
    expect(accepts(signForm(KEY, signed, FORM), url)).toBe(false);
  });

  it('is right in the order of either SDK if a name is repeated', () => {
    const form = { Name: ['b', 'a', 'b'], Other: 'x' };
    const bySignalWire = signForm(KEY, `${URL_B}NamebNameaNameb`, { Other: 'x' });
    expect(signalwireAccepts(KEY, bySignalWire, URL_B, form)).toBe(true);
    expect(accepts(bySignalWire, URL_B, form)).toBe(true);
    expect(accepts(twilioSigns(KEY, URL_B, form), URL_B, form)).toBe(true);
    expect(twilioSigns(KEY, URL_B, form)).not.toBe(bySignalWire);
  });
});

const fields = (count: number): Form =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, 'x']));

describe('the work for a wrong signature', () => {
  const WRONG = 'A'.repeat(27) + '=';
  const digestsFor = (form: Form, keys: readonly string[] = [KEY], signature = WRONG) => {
    const digests: string[] = [];
    const digestOf = (...parts: unknown[]) => {
      digests.push(JSON.stringify(parts));
      return Buffer.alloc(20, 1);
    };
    expect(isSigned(requestOf(signature, URL_B, form), keys, digestOf)).toBe(false);
    return digests.length;
  };

  it.each([
    ['a form as SignalWire sends it', FORM, 2],
    ['the most fields allowed', fields(200), 2],
    ['more fields', fields(201), 0],
    ['the most bytes allowed', { f: 'x'.repeat(8190) }, 2],
    ['more bytes', { f: 'x'.repeat(8191) }, 0],
  ])('is bounded for %s', (_, form, digests) => {
    expect(digestsFor(form)).toBe(digests);
  });

  it('is nothing without a key, or if the header is not a signature', () => {
    expect(digestsFor(FORM, [])).toBe(0);
    expect(digestsFor(FORM, [KEY], 'nonsense')).toBe(0);
  });

  it('is bounded by refusing a form with too many fields, even if it is rightly signed', () => {
    expect(accepts(signForm(KEY, URL_B, fields(200) as never), URL_B, fields(200))).toBe(true);
    expect(accepts(signForm(KEY, URL_B, fields(201) as never), URL_B, fields(201))).toBe(false);
  });
});

describe('a request signed by the official SDKs', () => {
  const name = fc.stringMatching(/^[A-Za-z-]{1,8}$/);
  const value = fc.string({ unit: 'binary', maxLength: 20 });
  const form = fc.dictionary(name, fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 })), {
    maxKeys: 6,
  });
  const path = fc.stringMatching(/^\/[A-Za-z0-9/._~-]{0,20}(\?[A-Za-z0-9=&%20+]{0,20})?$/);
  const origin = fc.constantFrom('https://e.com', 'http://e.com', 'https://e.com:8443', 'https://e.com:443');

  it('is verified', () => {
    fc.assert(
      fc.property(origin, path, form, (at, target, fields) => {
        const url = at + target;
        expect(accepts(twilioSigns(KEY, url, fields), url, fields)).toBe(true);
      }),
    );
  });

  it('is verified like one that the simulator signs, which both SDKs accept', () => {
    fc.assert(
      fc.property(origin, path, fc.dictionary(name, value, { maxKeys: 6 }), (at, target, fields) => {
        const url = at + target;
        const signature = signForm(KEY, url, fields);
        expect(accepts(signature, url, fields)).toBe(true);
        expect(signalwireAccepts(KEY, signature, url, fields)).toBe(true);
        expect(twilio.validateRequest(KEY, signature, url, fields)).toBe(true);
      }),
    );
  });
});

describe('a signature with the hash of the body in the address', () => {
  it.each(['?', '?&', '?&bodySHA256'])('is checked quickly, however long the address: %s', (pattern) => {
    // Node takes 16 kB.
    const url = `https://example.com/${pattern.repeat(16_000 / pattern.length)}`;
    const other = `https://example.com/?${'a'.repeat(16_000)}`;
    const ms = fastestMs(() => accepts(SIGNATURE, url));
    expect(ms).toBeLessThan(50 + 50 * fastestMs(() => accepts(SIGNATURE, other)));
  });

  it('is right wherever in the query the hash stands, and nowhere else', () => {
    const hash = new URL(URL_C).search.slice(1);
    for (const query of [`a=1&${hash}`, `a=?&${hash}&b=2`]) {
      const url = `${URL_A}?${query}`;
      expect(acceptsBody(hmac(url), url, BODY_C)).toBe(true);
    }
    for (const rest of [`?x${hash}`, `?${hash}0`, `#?${hash}`]) {
      const url = URL_A + rest;
      expect(acceptsBody(hmac(url), url, BODY_C)).toBe(false);
    }
  });
});
