import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signLink } from '../../src/links/link-token.js';
import { redactor } from '../../src/signalwire/redactor.js';

const TOKEN = signLink(
  {
    project: 'default',
    callSid: 'call-1',
    stops: [{ cancellationId: 'c-1', streamName: 'stream' }],
    then: [],
    sentAt: 0,
    awaitedUntil: 2_000_000_000_000,
    expiresAt: 2_000_000_000_000,
  },
  'a secret of thirty-two bytes or more',
);
const LINK = `https://stop.example.com/laml/stop-stream/${TOKEN}`;
const HIDDEN = 'https://stop.example.com/laml/stop-stream/(token)';

/** Chosen so that the Basic value has each of the characters that URL-encoding changes. */
const PROJECT_ID = '8f0c4b47~~>>??';
const API_TOKEN = 'PT0123.456_78-9x';
const BASIC = Buffer.from(`${PROJECT_ID}:${API_TOKEN}`).toString('base64');

const redact = redactor([BASIC, API_TOKEN]);
const lowerCased = (text: string): string =>
  encodeURIComponent(text).replaceAll(/%../g, (hex) => hex.toLowerCase());

/** The ways in which a server may repeat a part of our request. */
const ENCODINGS = [
  { encoding: 'as it is', encode: (text: string) => text },
  { encoding: 'URL-encoded', encode: encodeURIComponent },
  { encoding: 'URL-encoded in small letters', encode: lowerCased },
  { encoding: 'URL-encoded twice', encode: (text: string) => encodeURIComponent(encodeURIComponent(text)) },
  { encoding: 'as a form', encode: (text: string) => new URLSearchParams({ Url: text }).toString() },
  { encoding: 'as JSON within JSON', encode: (text: string) => JSON.stringify(JSON.stringify(text)) },
  { encoding: 'with its slashes escaped', encode: (text: string) => text.replaceAll('/', '\\/') },
];

describe('redaction', () => {
  it.each(ENCODINGS)('takes a signed link out $encoding', ({ encode }) => {
    const redacted = redact(`Url ${encode(LINK)} and FallbackUrl '${encode(LINK)}'.`);
    expect(redacted.split('/laml/stop-stream/(token)')).toHaveLength(3);
    for (const part of TOKEN.split('.')) expect(redacted).not.toContain(part);
  });

  it.each(ENCODINGS)('takes the credentials out $encoding', ({ encode }) => {
    expect(BASIC).toMatch(/[+/].*=/);
    const redacted = redact(`${encode(`Basic ${BASIC}`)} is ${encode(`${PROJECT_ID}:${API_TOKEN}`)}`);
    for (const secret of [BASIC, BASIC.slice(0, 20), API_TOKEN]) {
      expect(redacted).not.toContain(encode(secret));
      expect(redacted).not.toContain(secret);
    }
  });

  it('leaves the rest of a text', () => {
    expect(redact(`The Url '${LINK}' of project 8f0c4b47 cannot be reached.`)).toBe(
      `The Url '${HIDDEN}' of project 8f0c4b47 cannot be reached.`,
    );
    expect(redact('/laml/stop-stream?STREAMNAME=stream')).toBe('/laml/stop-stream?STREAMNAME=stream');
  });

  it('takes out a link whose end is missing', () => {
    expect(redact(`${LINK.slice(0, -40)}...`)).toBe(HIDDEN);
  });

  it('leaves every other text as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.includes(API_TOKEN));
        expect(redact(text)).toBe(text);
      }),
    );
  });

  it.each(['\\', '/', '%25', '%252525', '/laml/stop-stream'])(
    'takes no longer for many %s than for another long text',
    (repeated) => {
      const start = performance.now();
      redact(repeated.repeat(60_000));
      expect(performance.now() - start).toBeLessThan(5000);
    },
  );
});
