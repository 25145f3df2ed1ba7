import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinkTooLongError, MAX_STOPS, readLink, signLink } from '../../src/links/link-token.js';
import type { LinkClaims } from '../../src/links/link-token.js';
import { stopDocument } from '../../src/cxml/stop-document.js';
import type { Verb } from '../../src/cxml/verbs.js';

const SECRET = 'a secret of thirty-two bytes or more';

/** For a document without a template. */
type VerbClaims = LinkClaims & { readonly then: readonly Verb[] };

const CLAIMS: VerbClaims = {
  project: 'default',
  callSid: '2b5c9f5e-8f0c-4b47-9a52-6f6f1c2f8d11',
  stops: [
    { cancellationId: '0190c2f0-0000-7000-8000-000000000000', streamName: 'stream' },
    { cancellationId: '0190c2f0-0000-7000-8000-000000000001', streamName: 'another' },
  ],
  then: [{ say: 'Stopping stream' }, { redirect: 'https://app.example.com/flow', method: 'POST' }],
  isFallback: false,
  sentAt: 1_699_999_999_000,
  awaitedUntil: 1_699_999_999_500,
  expiresAt: 1_700_000_000_000,
};
const BEFORE = CLAIMS.expiresAt - 1;
const TOKEN = signLink(CLAIMS, SECRET);

const BASE64URL = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');

/** Any character except lone surrogates, even those that XML cannot carry. */
const text = (maxLength: number) => fc.string({ unit: 'binary', minLength: 1, maxLength });

const verb: fc.Arbitrary<Verb> = fc.oneof(
  fc.record({ say: text(200), voice: text(20), language: text(20) }, { requiredKeys: ['say'] }),
  fc.record({ pause: fc.integer({ min: 1, max: 3600 }) }),
  fc.record(
    { redirect: fc.webUrl({ withQueryParameters: true }), method: fc.constantFrom('GET', 'POST') },
    { requiredKeys: ['redirect'] },
  ),
  fc.constant({ hangup: true as const }),
);

const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const STOP = { cancellationId: fc.uuid(), streamName: text(256) };
const OF_REQUEST = { ...STOP, requestId: fc.stringMatching(/^[!-~]{1,36}$/) };

const stop = fc.oneof(
  fc.record(STOP),
  fc.record(OF_REQUEST),
  fc.record({ ...OF_REQUEST, traceparent: fc.constant(TRACEPARENT) }),
);

const claims: fc.Arbitrary<LinkClaims> = fc.record({
  project: text(64),
  callSid: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
  stops: fc.array(stop, {
    minLength: 1,
    maxLength: MAX_STOPS,
  }),
  then: fc.oneof(
    fc.array(verb, { maxLength: 5 }),
    fc.record({
      template: fc.stringMatching(/^[\w-]{1,64}$/),
      otherwise: fc.array(verb, { maxLength: 5 }),
    }),
  ),
  isFallback: fc.boolean(),
  sentAt: fc.integer({ min: 1, max: 8.64e15 }),
  awaitedUntil: fc.integer({ min: 1, max: 8.64e15 }),
  expiresAt: fc.integer({ min: 1, max: 8.64e15 }),
});

/** The longest names and verbs that a request may have. */
const largest = (stops: number): LinkClaims => ({
  project: 'p'.repeat(64),
  callSid: 'c'.repeat(64),
  stops: Array.from({ length: stops }, () => ({
    cancellationId: '0190c2f0-0000-7000-8000-000000000000',
    streamName: '\u{1F422}'.repeat(256),
  })),
  then: { template: 't'.repeat(64), otherwise: [{ say: 'x'.repeat(4096 - '[{"say":""}]'.length) }] },
  isFallback: true,
  sentAt: CLAIMS.sentAt,
  awaitedUntil: CLAIMS.awaitedUntil,
  expiresAt: CLAIMS.expiresAt,
});

describe('a link token', () => {
  it('returns the claims that were signed', () => {
    fc.assert(
      fc.property(claims, (signed) => {
        expect(readLink(signLink(signed, SECRET), SECRET, signed.expiresAt - 1)).toEqual(signed);
      }),
    );
  });

  it('is a single path segment without encoding', () => {
    fc.assert(
      fc.property(claims, (signed) => {
        const token = signLink(signed, SECRET);
        expect(token).toMatch(/^[\w-]+\.[\w-]+$/);
        expect(new URL(`https://stop.example.com/laml/${token}`).pathname).toBe(`/laml/${token}`);
      }),
    );
  });

  it('holds MAX_STOPS of the longest names with the longest verbs', () => {
    expect(readLink(signLink(largest(MAX_STOPS), SECRET), SECRET, BEFORE)).toEqual(largest(MAX_STOPS));
  });

  it('leaves out the ids of the requests where it would be too long with them', () => {
    const stops = largest(MAX_STOPS).stops.map((stop) => ({
      ...stop,
      requestId: '"'.repeat(128),
      traceparent: TRACEPARENT,
    }));
    const most = { ...largest(MAX_STOPS), stops };
    expect(readLink(signLink(most, SECRET), SECRET, BEFORE)).toEqual(largest(MAX_STOPS));
  });

  it('is refused if it would be too long to read', () => {
    expect(() => signLink(largest(MAX_STOPS + 1), SECRET)).toThrow(LinkTooLongError);
  });

  it('is valid until the millisecond before expiresAt', () => {
    expect(readLink(TOKEN, SECRET, CLAIMS.expiresAt - 1)).toEqual(CLAIMS);
    expect(readLink(TOKEN, SECRET, CLAIMS.expiresAt)).toBeNull();
    expect(readLink(TOKEN, SECRET, CLAIMS.expiresAt + 1)).toBeNull();
  });

  it('is invalid with another secret', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (other) => {
        fc.pre(other !== SECRET);
        expect(readLink(TOKEN, other, BEFORE)).toBeNull();
      }),
    );
  });
});

describe('an invalid token', () => {
  it('is never read, whatever the string', () => {
    const part = fc.base64String().map((encoded) => encoded.replaceAll('=', ''));
    const likeToken = fc.tuple(part, part).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), likeToken), (forged) => {
        expect(readLink(forged, SECRET, BEFORE)).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['', '.', '..', '.AAAA', 'AAAA.', 'AAAA', `${'A'.repeat(100)}.${'A'.repeat(43)}`])(
    'is %j',
    (forged) => expect(readLink(forged, SECRET, BEFORE)).toBeNull(),
  );

  it('is one that was cut short at either end', () => {
    for (let length = 0; length < TOKEN.length; length += 1) {
      expect(readLink(TOKEN.slice(0, length), SECRET, BEFORE)).toBeNull();
      expect(readLink(TOKEN.slice(length + 1), SECRET, BEFORE)).toBeNull();
    }
  });

  it('is one with any character changed', () => {
    const character = fc.constantFrom(...BASE64URL, '.', '=', '+', '/', ' ', '\0');
    fc.assert(
      fc.property(fc.nat(TOKEN.length - 1), character, (index, other) => {
        fc.pre(TOKEN[index] !== other);
        expect(readLink(TOKEN.slice(0, index) + other + TOKEN.slice(index + 1), SECRET, BEFORE)).toBeNull();
      }),
      { numRuns: 2000, examples: lastCharacterChanged() },
    );
  });

  it.each(['=', '==', '.', '!', ' ', '\n', '\0', 'A', '%0A'])('is one with %j appended', (appended) =>
    expect(readLink(TOKEN + appended, SECRET, BEFORE)).toBeNull(),
  );

  it('is one with the signature of another payload', () => {
    const [payload] = signLink({ ...CLAIMS, callSid: 'another' }, SECRET).split('.');
    const [, signature] = TOKEN.split('.');
    expect(readLink(`${payload}.${signature}`, SECRET, BEFORE)).toBeNull();
  });

  it('is one that is too long, even with a right signature', () => {
    const claims = [2, 'default', 'call', [], [{ say: 'x'.repeat(12_000) }], CLAIMS.sentAt, false, 1];
    const payload = TOKEN.slice(0, 11) + Buffer.from(JSON.stringify(claims)).toString('base64url');
    expect(readLink(signed(payload), SECRET, BEFORE)).toBeNull();
  });

  it.each([
    ['of the form before', JSON.stringify([1, 'default', 'call', [['c', 's']], [], 1, false])],
    ['of the next version', JSON.stringify([3, 'default', 'call', [['c', 's']], [], 1, false, 1])],
    ['of this version, and says nothing', '[2]'],
    ['no list', 'null'],
    ['no JSON', '[2,"default'],
    ['empty', ''],
  ])('is one that is rightly signed but %s', (_, text) => {
    const token = signed(TOKEN.slice(0, 11) + Buffer.from(text).toString('base64url'));
    expect(readLink(token, SECRET, BEFORE)).toBeNull();
  });
});

describe('the work of reading a string', () => {
  const signed = `${'A'.repeat(100)}.${'A'.repeat(43)}`;
  const short = TOKEN.slice(0, -1);

  it.each([
    ['a genuine token', TOKEN, BEFORE],
    ['one that is dead', TOKEN, CLAIMS.expiresAt],
    ['one of another secret', signLink(CLAIMS, `another ${SECRET}`), BEFORE],
    ['one with a wrong signature', `${short}${TOKEN.endsWith('A') ? 'B' : 'A'}`, BEFORE],
    ['one cut short', short, BEFORE],
    ['one of garbage', signed, BEFORE],
    ['none at all', '', BEFORE],
    ['no signature', 'nothing', BEFORE],
    ['one that is too long', `${TOKEN}${'x'.repeat(20_000)}`, BEFORE],
  ])('is one signature over a bounded length, for %s', (_, token, now) => {
    const payloads: string[] = [];
    readLink(token, SECRET, now, (payload) => {
      payloads.push(payload);
      return createHmac('sha256', SECRET).update(payload).digest('base64url');
    });
    expect(payloads).toHaveLength(1);
    expect(payloads[0]?.length).toBeLessThanOrEqual(12_000);
  });
});

const signed = (payload: string): string =>
  `${payload}.${createHmac('sha256', SECRET).update(payload).digest('base64url')}`;

/** Of the document. */
const bytes = ({ stops, then }: VerbClaims) =>
  Buffer.byteLength(
    stopDocument(
      stops.map(({ streamName }) => streamName),
      then,
    ),
  );

/** With names of which XML makes the most. */
const greediest = (count: number) =>
  Array.from({ length: count }, () => ({
    cancellationId: '0190c2f0-0000-7000-8000-000000000000',
    streamName: '&'.repeat(256),
  }));

describe('the document of a link', () => {
  /** What SignalWire takes, https://signalwire.com/docs/compatibility-api/cxml/guides/webhooks. */
  const MAX_BYTES = 65_536;
  it('never exceeds SignalWire’s limit, even if XML escapes every character', () => {
    const say = { say: '&'.repeat(4096 - '[{"say":""}]'.length) };
    const fits = (count: number) => {
      const claims = { ...CLAIMS, stops: greediest(count), then: [say] };
      try {
        signLink(claims, SECRET);
        return claims;
      } catch {
        return null;
      }
    };
    const most = Array.from({ length: 50 }, (_, count) => fits(count)).findLast((one) => one !== null);
    expect(most?.stops.length).toBeGreaterThan(MAX_STOPS);
    expect(bytes(most ?? CLAIMS)).toBeGreaterThan(MAX_BYTES / 2);
    expect(bytes(most ?? CLAIMS)).toBeLessThan(MAX_BYTES);
  });

  it('is at most five times as long as its JSON', () => {
    const xmlText = fc.string({ unit: fc.constantFrom('&', '<', '>', '"', "'", '\t', '\n', 'é', '中', 'x') });
    const inXml = fc.record({
      streamName: xmlText,
      then: fc.array(fc.record({ say: xmlText }), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(inXml, ({ streamName, then }) => {
        const json = Buffer.byteLength(JSON.stringify([[['', streamName]], then]));
        expect(bytes({ ...CLAIMS, stops: [{ cancellationId: '', streamName }], then })).toBeLessThan(
          5 * json + 100,
        );
      }),
    );
  });
});

/** The last character of a signature has two bits that decode to nothing: four characters read as the same bytes. */
function lastCharacterChanged(): [number, string][] {
  const index = TOKEN.length - 1;
  return BASE64URL.filter((character) => character !== TOKEN[index]).map((character) => [index, character]);
}
