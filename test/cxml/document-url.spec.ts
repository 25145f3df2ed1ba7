import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentUrlFor, isDocumentUrl, unfitAddress } from '../../src/cxml/document-url.js';
import { isStreamName } from '../../src/cancellation/identifiers.js';

const SPACE = 'https://example.signalwire.com';
const SID = '2b5c9f5e-8f0c-4b47-9a52-6f6f1c2f8d11';
const BIN = `${SPACE}/laml-bins/${SID}?STREAMNAME={streamName}&call={callSid}`;

const legalName = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 256 }),
    fc.string({
      unit: fc.constantFrom('+', ' ', '%', '&', '=', '#', '{streamName}', '{callSid}', '$&', 'é'),
      minLength: 1,
    }),
  )
  .filter(isStreamName);
const callSid = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

describe("a document's URL", () => {
  it.each([
    ['a b+c', 'a%20b%2Bc'],
    ['a&b=c#d?e/f', 'a%26b%3Dc%23d%3Fe%2Ff'],
    ['100%', '100%25'],
    ['{callSid}', '%7BcallSid%7D'],
    ['żółw', '%C5%BC%C3%B3%C5%82w'],
  ])('encodes the name %j as %s', (streamName, encoded) => {
    expect(documentUrlFor(BIN, { streamName, callSid: 'c' })).toBe(
      `${SPACE}/laml-bins/${SID}?STREAMNAME=${encoded}&call=c`,
    );
  });

  it.each([
    ['HTTPS://E.COM:443/a', 'https://e.com/a'],
    ['http://0x7f.1/', 'http://127.0.0.1/'],
    ['https://e.com?@f.com', 'https://e.com/?@f.com'],
    ['https://e.com#@f.com/', 'https://e.com/#@f.com/'],
    ['https://e.com/\\f.com', 'https://e.com//f.com'],
    ['https://e.com/ü?ü', 'https://e.com/%C3%BC?%C3%BC'],
  ])('is sent as URL writes it: %s', (template, url) => {
    expect(isDocumentUrl(template)).toBe(true);
    expect(documentUrlFor(template, { streamName: 'x', callSid: 'c' })).toBe(url);
  });

  it('gives every legal name back to the server that decodes its query, even through a form', () => {
    fc.assert(
      fc.property(legalName, callSid, (streamName, sid) => {
        const url = documentUrlFor(BIN, { streamName, callSid: sid });
        const form = new URLSearchParams({ Url: url }).toString();
        for (const read of [url, String(new URLSearchParams(form).get('Url'))]) {
          expect([...new URL(read).searchParams]).toEqual([
            ['STREAMNAME', streamName],
            ['call', sid],
          ]);
        }
      }),
    );
  });

  it('leads to the same host whatever the name', () => {
    fc.assert(
      fc.property(
        fc.oneof(legalName, fc.webUrl()),
        fc.constantFrom('/', '?', '/?a=', '#'),
        (name, before) => {
          const template = `https://example.com${before}{streamName}`;
          expect(isDocumentUrl(template)).toBe(true);
          const url = documentUrlFor(template, { streamName: name, callSid: 'c' });
          expect(new URL(url).host).toBe('example.com');
        },
      ),
    );
  });
});

const reasonFor = (template: string, streamName: string) =>
  unfitAddress(template, { streamName, callSid: 'c' });

describe("a name that the document's URL cannot carry", () => {
  it.each([
    ['https://e.com/{streamName}', '.'],
    ['https://e.com/{streamName}', '..'],
    ['https://e.com/a/{streamName}/b', '..'],
    ['https://e.com/a/%2e{streamName}?x', '.'],
    ['https://e.com/a/../{streamName}#x', '..'],
    ['https://e.com\\a\\{streamName}\\b', '..'],
  ])('would change the path of %s: %s', (template, name) => {
    expect(reasonFor(template, name)).toContain('segment . or ..');
  });

  it('would make it too long', () => {
    const template = `https://e.com/?${'{streamName}'.repeat(16)}`;
    expect(reasonFor(template, 'x'.repeat(255))).toBeNull();
    expect(reasonFor(template, 'x'.repeat(256))).toBe(
      "it makes the document's address longer than 4096 characters",
    );
    expect(reasonFor(template, 'ż'.repeat(43))).not.toBeNull();
  });

  it('is only one of these: every other name can be decoded from a path', () => {
    fc.assert(
      fc.property(legalName, (streamName) => {
        const template = 'https://e.com/a/{streamName}/b';
        fc.pre(streamName !== '.' && streamName !== '..');
        expect(reasonFor(template, streamName)).toBeNull();
        const { pathname } = new URL(documentUrlFor(template, { streamName, callSid: 'c' }));
        expect(pathname.split('/').map(decodeURIComponent)).toEqual(['', 'a', streamName, 'b']);
      }),
    );
    for (const template of ['https://e.com/?{streamName}', 'https://e.com/a/../x{streamName}', BIN])
      expect(reasonFor(template, '..')).toBeNull();
  });
});
