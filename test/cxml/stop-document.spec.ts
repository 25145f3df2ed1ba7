import { RestClient } from '@signalwire/compatibility-api';
import { DOMParser, onErrorStopParsing } from '@xmldom/xmldom';
import * as fc from 'fast-check';
import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import { EMPTY_DOCUMENT, stopDocument } from '../../src/cxml/stop-document.js';
import { GUIDE_THEN } from '../../src/cxml/verbs.js';
import type { SayVerb, Verb } from '../../src/cxml/verbs.js';

const GUIDE_DOCUMENT =
  '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="stream"/></Stop><Say>Stopping stream</Say></Response>';

/** The methods that both SDKs have. */
interface SdkResponse {
  stop(): { stream(attributes: { name: string }): unknown };
  say(attributes: { voice?: string; language?: string }, text: string): unknown;
  play(url: string): unknown;
  pause(attributes: { length: number }): unknown;
  redirect(attributes: { method?: string }, url: string): unknown;
  dial(
    attributes: { callerId?: string; action?: string },
    number?: string,
  ): { sip(attributes: object, address: string): unknown };
  enqueue(attributes: object, name: string): unknown;
  hangup(): unknown;
  toString(): string;
}

type SdkResponseClass = new () => SdkResponse;

const SDKS = [
  {
    sdk: '@signalwire/compatibility-api',
    // ES modules cannot see SignalWire's types, and Twilio's allow only known voices.
    VoiceResponse: (RestClient as unknown as { LaML: { VoiceResponse: SdkResponseClass } }).LaML
      .VoiceResponse,
  },
  { sdk: 'twilio', VoiceResponse: twilio.twiml.VoiceResponse as unknown as SdkResponseClass },
];

function builtBy(
  VoiceResponse: SdkResponseClass,
  streamNames: readonly string[],
  then: readonly Verb[],
): string {
  const response = new VoiceResponse();
  for (const name of streamNames) response.stop().stream({ name });
  for (const verb of then) {
    if ('say' in verb) {
      const { say, ...attributes } = verb;
      response.say(attributes, say);
    } else if ('play' in verb) {
      response.play(verb.play);
    } else if ('pause' in verb) {
      response.pause({ length: verb.pause });
    } else if ('redirect' in verb) {
      const { redirect, ...attributes } = verb;
      response.redirect(attributes, redirect);
    } else if ('dial' in verb) {
      const { dial, ...attributes } = verb;
      if (dial.startsWith('+')) response.dial(attributes, dial);
      else response.dial(attributes).sip({}, dial);
    } else if ('enqueue' in verb) {
      response.enqueue({}, verb.enqueue);
    } else {
      response.hangup();
    }
  }
  return response.toString();
}

const codePoints = (min: number, max: number) =>
  fc.integer({ min, max }).map((codePoint) => String.fromCodePoint(codePoint));

/** The production `Char` of XML 1.0, biased towards what has a meaning in XML. */
const xmlUnit = fc.oneof(
  fc.constantFrom(
    '"',
    "'",
    '<',
    '>',
    '&',
    '\t',
    '\n',
    '\r',
    '\r\n',
    ']]>',
    '&amp;',
    '<!--',
    '\u{85}',
    '\u{2028}',
  ),
  codePoints(0x20, 0x7e),
  codePoints(0x7f, 0xd7ff),
  codePoints(0xe000, 0xfffd),
  codePoints(0x10000, 0x10ffff),
);
const xmlText = fc.string({ unit: xmlUnit, minLength: 1, maxLength: 40 });

const url = fc.oneof(fc.webUrl({ withQueryParameters: true }), xmlText);
const number = fc.stringMatching(/^\+[1-9]\d{1,14}$/);
const sipAddress = fc.stringMatching(
  /^sips?:[a-z0-9.+&=$]{1,9}@[a-z0-9.-]{1,9}(:\d{4})?(;transport=udp)?(\?h=a&i=b)?$/,
);

const verb: fc.Arbitrary<Verb> = fc.oneof(
  fc
    .record({ say: xmlText, voice: fc.option(xmlText), language: fc.option(xmlText) })
    .map(({ say, voice, language }): SayVerb => ({
      say,
      ...(voice !== null && { voice }),
      ...(language !== null && { language }),
    })),
  fc.record({ pause: fc.integer({ min: 1, max: 3600 }) }),
  fc.record(
    {
      redirect: url,
      method: fc.constantFrom('GET', 'POST'),
    },
    { requiredKeys: ['redirect'] },
  ),
  fc.record({ play: url }),
  // In the contract's order, which our document always uses. The SDKs keep the order of the object.
  fc.record(
    { dial: fc.oneof(number, sipAddress), callerId: fc.oneof(number, xmlText), action: url },
    { requiredKeys: ['dial'] },
  ),
  fc.record({ enqueue: fc.oneof(fc.stringMatching(/^\w{1,64}$/), xmlText) }),
  fc.constant({ hangup: true as const }),
);
const then = fc.array(verb, { maxLength: 6 });
const streamNames = fc.array(xmlText, { minLength: 1, maxLength: 5 });

interface ParsedVerb {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The elements of a document as an XML 1.0 parser reads them. */
function parse(xml: string): ParsedVerb[] {
  const parser = new DOMParser({
    onError: onErrorStopParsing,
    // The parser follows XML 1.1 by default, where more characters end a line.
    normalizeLineEndings: (source) => source.replace(/\r\n?/g, '\n'),
  });
  const root = parser.parseFromString(xml, 'text/xml').documentElement;
  expect(root?.tagName).toBe('Response');
  return [...(root?.getElementsByTagName('*') ?? [])].map((element) => ({
    name: element.tagName,
    attributes: Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])),
    text: element.textContent ?? '',
  }));
}

function parsedFrom(streamNames: readonly string[], verbs: readonly Verb[]): ParsedVerb[] {
  return [
    ...streamNames.flatMap((name): ParsedVerb[] => [
      { name: 'Stop', attributes: {}, text: '' },
      { name: 'Stream', attributes: { name }, text: '' },
    ]),
    ...verbs.flatMap((verb) => parsedFromVerb(verb)),
  ];
}

function parsedFromVerb(verb: Verb): ParsedVerb[] {
  if ('say' in verb) {
    const { say, ...attributes } = verb;
    return [{ name: 'Say', attributes: { ...attributes }, text: say }];
  }
  if ('play' in verb) return [{ name: 'Play', attributes: {}, text: verb.play }];
  if ('pause' in verb) return [{ name: 'Pause', attributes: { length: String(verb.pause) }, text: '' }];
  if ('redirect' in verb) {
    const { redirect, ...attributes } = verb;
    return [{ name: 'Redirect', attributes: { ...attributes }, text: redirect }];
  }
  if ('dial' in verb) {
    const { dial, ...attributes } = verb;
    const parsed = { name: 'Dial', attributes: { ...attributes }, text: dial };
    return dial.startsWith('+') ? [parsed] : [parsed, { name: 'Sip', attributes: {}, text: dial }];
  }
  if ('enqueue' in verb) return [{ name: 'Enqueue', attributes: {}, text: verb.enqueue }];
  return [{ name: 'Hangup', attributes: {}, text: '' }];
}

describe('the stop document', () => {
  it("is the guide's, byte for byte", () => {
    expect(stopDocument(['stream'], GUIDE_THEN)).toBe(GUIDE_DOCUMENT);
  });

  it('is the bare stop without then', () => {
    expect(stopDocument(['stream'], [])).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="stream"/></Stop></Response>',
    );
  });

  it('stops several streams in the order given, before any other verb', () => {
    expect(stopDocument(['b', 'a'], GUIDE_THEN)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Stop><Stream name="b"/></Stop><Stop><Stream name="a"/></Stop>' +
        '<Say>Stopping stream</Say></Response>',
    );
  });

  it('keeps the order of the verbs, and of attributes in the contract', () => {
    const document = stopDocument(
      ['stream'],
      [
        { say: 'Bye', language: 'en-GB', voice: 'woman' },
        { play: 'https://app.example.com/bye.mp3?a=1&b=2' },
        { pause: 2 },
        { dial: '+15551234567', action: 'https://app.example.com/after', callerId: '+15557654321' },
        { dial: 'sip:alice@example.com;transport=udp', callerId: 'Front_Desk' },
        { enqueue: 'support' },
        { redirect: 'https://app.example.com/flow?a=1&b=2', method: 'GET' },
        { hangup: true },
      ],
    );
    expect(document).toContain(
      '</Stop><Say voice="woman" language="en-GB">Bye</Say><Play>https://app.example.com/bye.mp3?a=1&amp;b=2</Play>' +
        '<Pause length="2"/><Dial callerId="+15557654321" action="https://app.example.com/after">+15551234567</Dial>' +
        '<Dial callerId="Front_Desk"><Sip>sip:alice@example.com;transport=udp</Sip></Dial>' +
        '<Enqueue>support</Enqueue>' +
        '<Redirect method="GET">https://app.example.com/flow?a=1&amp;b=2</Redirect><Hangup/></Response>',
    );
  });

  it('lets an XML parser read every name and text back unchanged', () => {
    fc.assert(
      fc.property(streamNames, then, (names, verbs) => {
        expect(parse(stopDocument(names, verbs))).toEqual(parsedFrom(names, verbs));
      }),
      { numRuns: 300 },
    );
  });

  it('lets an XML parser read ten thousand names and texts back unchanged', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(xmlText, xmlText, (name, say) => {
        const [, stream, said] = parse(stopDocument([name], [{ say }]));
        expect([stream?.attributes.name, said?.text]).toEqual([name, say]);
      }),
      { numRuns: 10_000 },
    );
  });

  it('is one line without a byte order mark, whatever the name', () => {
    fc.assert(
      fc.property(xmlText, (streamName) => {
        const document = stopDocument([streamName], []);
        expect(document.startsWith('<?xml ')).toBe(true);
        expect(document).not.toMatch(/[\r\n]/);
      }),
    );
  });
});

describe.each(SDKS)('the document that $sdk builds', ({ VoiceResponse }) => {
  it("is the guide's document", () => {
    expect(builtBy(VoiceResponse, ['stream'], GUIDE_THEN)).toBe(GUIDE_DOCUMENT);
  });

  it('equals ours byte for byte, for any names and verbs', () => {
    fc.assert(
      fc.property(streamNames, then, (names, verbs) => {
        expect(stopDocument(names, verbs)).toBe(builtBy(VoiceResponse, names, verbs));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the empty document', () => {
  it('has no verbs', () => {
    expect(parse(EMPTY_DOCUMENT)).toEqual([]);
  });
});
