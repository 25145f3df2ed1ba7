import { describe, expect, it } from 'vitest';
import { parseDocument, readDocument } from '../../src/simulator/documents/document.js';
import { FetchError } from '../../src/simulator/outgoing/fetch-error.js';

function codeOf(read: () => unknown): number | null {
  try {
    read();
  } catch (error) {
    if (error instanceof FetchError) return error.code;
    throw error;
  }
  throw new Error('The document was accepted');
}

const read = (text: string, type = 'text/xml') => readDocument(Buffer.from(text), type);

describe('a document', () => {
  it('is read as a list of verbs in order', () => {
    const xml =
      '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="stream"/></Stop><Say>Stopping stream</Say></Response>';
    expect(parseDocument(xml)).toEqual([
      {
        name: 'Stop',
        attributes: {},
        text: '',
        nouns: [{ name: 'Stream', attributes: { name: 'stream' }, text: '', nouns: [] }],
      },
      { name: 'Say', attributes: {}, text: 'Stopping stream', nouns: [] },
    ]);
  });

  it('has its entity and character references resolved', () => {
    const [say] = parseDocument(
      '<Response><Say voice="a&quot;&lt;&#xA;b">x &amp; y &#x1F422;<![CDATA[ & <z>]]></Say></Response>',
    );
    expect(say).toMatchObject({ attributes: { voice: 'a"<\nb' }, text: 'x & y 🐢 & <z>' });
  });

  it('may be empty, start with a byte order mark, and contain comments', () => {
    expect(read('\uFEFF<?xml version="1.0"?><!-- & --><Response/>')).toEqual([]);
  });

  it.each(['application/xml', 'text/xml; charset=utf-8', 'Text/XML;charset="UTF-8"'])(
    'may have the type %s',
    (type) => {
      expect(read('<Response/>', type)).toEqual([]);
    },
  );

  it.each(['text/html', 'application/json', ''])('fails with 12300 for the type "%s"', (type) => {
    expect(codeOf(() => read('<Response/>', type))).toBe(12300);
  });

  it('fails with 12300 without a content type', () => {
    expect(codeOf(() => readDocument(Buffer.from('<Response/>'), undefined))).toBe(12300);
  });

  it.each([
    ['no root', ''],
    ['plain text', 'hello'],
    ['another root', '<html/>'],
    ['a root in the wrong case', '<response/>'],
    ['an open element', '<Response><Say></Response>'],
    ['whitespace before the declaration', ' <?xml version="1.0"?><Response/>'],
    ['text after the root', '<Response/>x'],
    ['an unquoted attribute', '<Response><Say voice=a/></Response>'],
    ['a repeated attribute', '<Response><Say a="1" a="2"/></Response>'],
    ['an unknown entity', '<Response>&foo;</Response>'],
    ['a bare ampersand', '<Response><Redirect>http://a/?b=1&c=2</Redirect></Response>'],
    ['a control character', '<Response><Say>\u0001</Say></Response>'],
    ['a reference to a control character', '<Response><Say>&#1;</Say></Response>'],
    ['a reference beyond Unicode', '<Response><Say>&#x110000;</Say></Response>'],
  ])('fails with 12100 for %s', (_, xml) => {
    expect(codeOf(() => read(xml))).toBe(12100);
  });

  it('fails with 12100 if its bytes are invalid in its charset, or the charset is unknown', () => {
    expect(codeOf(() => readDocument(Buffer.from([0x3c, 0xff]), 'text/xml'))).toBe(12100);
    expect(codeOf(() => readDocument(Buffer.from('<Response/>'), 'text/xml; charset=nonsense'))).toBe(12100);
  });
});
