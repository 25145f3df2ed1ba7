import { readFileSync } from 'node:fs';
import { DOMParser } from '@xmldom/xmldom';
import type { Element } from '@xmldom/xmldom';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf, putInPlaces } from '../../src/templates/places.js';
import { compileTemplate } from '../../src/templates/template.js';
import { UnfitDocumentError, UnfitTemplateError } from '../../src/templates/templates.errors.js';
import { isStreamName } from '../../src/cancellation/identifiers.js';

const STOP = '<Stop><Stream name="{{STREAMNAME}}"/></Stop>';
const whole = (content: string) => `<Response>${content}</Response>`;

const render = (text: string, values: Record<string, string> = {}) =>
  compileTemplate(text).render(new Map(Object.entries({ STREAMNAME: 'stream', ...values })));

function faultsIn(text: string): readonly string[] {
  try {
    compileTemplate(text);
  } catch (error) {
    if (error instanceof UnfitTemplateError) return error.faults;
    throw error;
  }
  return [];
}

describe('a template', () => {
  it('has the name of the stream filled in, and whatever else the request brings', () => {
    expect(
      render(whole(`${STOP}<Say>{{ From }} {{CallSid}}</Say>`), { From: '+1555', CallSid: 'c' }),
    ).toEqual({
      xml: whole('<Stop><Stream name="stream"/></Stop><Say>+1555 c</Say>'),
      streamNames: ['stream'],
      endsCall: true,
    });
  });

  it('has sections where their variable has a value, and the inverted ones where it has none', () => {
    const text = whole(
      `${STOP}{{#From}}<Say>{{From}}{{To}}</Say>{{/From}}{{^From}}<Pause/>{{/From}}{{! or {not} }}`,
    );
    const stop = '<Stop><Stream name="stream"/></Stop>';
    expect(render(text, { From: 'a', To: 'b' }).xml).toBe(whole(`${stop}<Say>ab</Say>`));
    expect(render(text).xml).toBe(whole(`${stop}<Pause/>`));
    expect(render(text, { From: '', To: 'b' }).xml).toBe(whole(`${stop}<Pause/>`));
  });

  it.each(['if', 'each', 'lookup', 'helperMissing', 'constructor', 'toString'])(
    'has no helper nor inherited value, so that {{%s}} is a variable',
    (name) => {
      const text = whole(`${STOP}<Say>{{#${name}}}[{{${name}}}]{{/${name}}}</Say>`);
      expect(render(text, { [name]: 'x' }).xml).toContain('<Say>[x]</Say>');
      expect(render(text).xml).toContain('<Say></Say>');
    },
  );

  it('brings every legal name and text unchanged through an XML parser', () => {
    const text = whole(`${STOP}<Say>{{TEXT}}</Say>`);
    const template = compileTemplate(text);
    const legal = fc
      .oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 256 }),
        fc.string({
          unit: fc.constantFrom(
            '"',
            "'",
            '<',
            '>',
            '&',
            '&amp;',
            '{{X}}',
            '`',
            '=',
            '\n',
            '\t',
            ' ',
            'é',
            '😀',
          ),
          minLength: 1,
          maxLength: 40,
        }),
      )
      .filter(isStreamName);
    fc.assert(
      fc.property(legal, legal, (name, said) => {
        const { xml, streamNames } = template.render(
          new Map([
            ['STREAMNAME', name],
            ['TEXT', said],
          ]),
        );
        expect(streamNames).toEqual([name]);
        const root = new DOMParser().parseFromString(xml, 'text/xml').documentElement;
        expect(root?.getElementsByTagName('Say')[0]?.textContent).toBe(said);
        expect(root?.getElementsByTagName('*')).toHaveLength(3);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['a variable of it is missing', `${STOP}<Say>{{From}}</Say>`, {}, 'the request brings no From'],
    [
      'a value has what XML cannot carry',
      `${STOP}<Say>{{From}}</Say>`,
      { From: 'ab\u0001' },
      'the value of From has the character U+0001 at position 2, which XML 1.0 cannot carry',
    ],
    [
      'the name of the stream is empty',
      STOP,
      { STREAMNAME: '' },
      'has a <Stream> without a name in its <Stop>',
    ],
    [
      'it grows longer than 64 kB',
      `${STOP}<Say>${'{{From}}'.repeat(40)}</Say>`,
      { From: 'é'.repeat(1000) },
      'is longer than 65536 bytes when filled in',
    ],
    [
      'a value is longer than 2 kB',
      `${STOP}<Say>{{From}}</Say>`,
      { From: 'x'.repeat(2049) },
      'the value of From is longer than 2048 characters',
    ],
  ])('is no document where %s', (_, content, values, reason) => {
    expect(() => render(whole(content), values as Record<string, string>)).toThrow(UnfitDocumentError);
    expect(() => render(whole(content), values as Record<string, string>)).toThrow(reason);
  });

  it('is measured before it is built, which would be longer than any string', () => {
    const places = placeOf('A').repeat(3500);
    const values = new Map([['A', 'x'.repeat(1_000_000)]]);
    expect(() => putInPlaces(places, values)).toThrow('is longer than 65536 bytes when filled in');
  });

  it.each([
    ['<Redirect>https://e.com/?s={{V}}&amp;x</Redirect>', 'https://e.com/?s=a%20b%26c%3Dd%23e%2F%22&x'],
    ['<Redirect>\n/{{V}}</Redirect>', '\n/a%20b%26c%3Dd%23e%2F%22'],
    ['<Redirect><![CDATA[?s=]]>{{V}}</Redirect>', '?s=a%20b%26c%3Dd%23e%2F%22'],
    ['<Redirect>?s=<!-- here -->{{V}}</Redirect>', '?s=a%20b%26c%3Dd%23e%2F%22'],
    ['<Play>https://e.com/{{#V}}{{V}}{{/V}}</Play>', 'https://e.com/a%20b%26c%3Dd%23e%2F%22'],
    ['<Redirect> {{#V}}{{V}}{{/V}}{{^V}}/x{{/V}}</Redirect>', ' a b&c=d#e/"'],
    ['<Redirect>{{^V}}/x{{/V}}{{#V}}{{V}}{{/V}}</Redirect>', 'a b&c=d#e/"'],
    ['<Redirect>{{V}}?s={{V}}</Redirect>', 'a b&c=d#e/"?s=a%20b%26c%3Dd%23e%2F%22'],
    ['<Redirect/><Say>{{V}} {{V}}</Say>', 'a b&c=d#e/" a b&c=d#e/"'],
    ['<Dial><Sip>sip:{{V}}@e.com</Sip></Dial>', 'sip:a%20b%26c%3Dd%23e%2F%22@e.com'],
  ])('has a value within an address percent-encoded, in text: %s', (content, text) => {
    const { xml } = render(whole(STOP + content), { V: 'a b&c=d#e/"' });
    expect(new DOMParser().parseFromString(xml, 'text/xml').documentElement?.textContent).toBe(text);
  });

  it.each([
    ['<Dial action="https://e.com?s={{V}}">+1</Dial>', 'https://e.com?s=a%20b%26c'],
    [`<Dial action = 'it"s>{{V}}' >+1</Dial>`, 'it"s>a%20b%26c'],
    ['<Dial action="{{V}}">+1</Dial>', 'a b&c'],
    ['<Record statusCallback="/x{{V}}"/>', '/xa%20b%26c'],
    ['<Enqueue waitUrl="/x{{V}}">q</Enqueue>', '/xa%20b%26c'],
    ['<Say voice="x{{V}}">q</Say>', 'xa b&c'],
    ['<Dial callerId="x{{V}}" action="/">+1</Dial>', 'xa b&c'],
  ])('has a value within an address percent-encoded, in attributes: %s', (content, value) => {
    const { xml } = render(whole(STOP + content), { V: 'a b&c' });
    const verb = new DOMParser().parseFromString(xml, 'text/xml').documentElement?.lastChild as
      | Element
      | null
      | undefined;
    expect(Array.from(verb?.attributes ?? []).map((attribute) => attribute.value)).toContain(value);
  });

  it.each([
    ['{{From}}{{To}}{{STREAMNAME}}', []],
    ['{{SipUser}}{{FLOW}}{{FLOW}}', ['SipUser', 'FLOW']],
    ['{{#SipUser}}{{SipUser}}{{/SipUser}}{{#FLOW}}{{OTHER}}{{/FLOW}}', []],
    ['{{#From}}{{FLOW}}{{/From}}{{^SipUser}}{{OTHER}}{{/SipUser}}', ['FLOW', 'OTHER']],
    [
      Array.from({ length: 12 }, (_, n) => `{{V${n}}}`).join(''),
      Array.from({ length: 10 }, (_, n) => `V${n}`),
    ],
  ])('says what SignalWire does not bring of %s', (said, unfilled) => {
    expect(compileTemplate(whole(`${STOP}<Say>${said}</Say>`)).unfilled).toEqual(unfilled);
  });

  it('stops what is stopped before anything that takes time', () => {
    const start = '<Start><Stream name="new" url="wss://e.com"/></Start>';
    const late = '<Say>x</Say><Stop><Stream name="late"/></Stop>';
    expect(render(whole(start + STOP + late)).streamNames).toEqual(['stream']);
  });

  it('names in its error no value', () => {
    expect(() => render(whole(`${STOP}<Say>{{From}}</Say>`), { From: '+15550001\u0001' })).not.toThrow(
      '1555',
    );
  });

  it.each([
    ['', true],
    ['<Say>Bye</Say>', true],
    ['<Pause/>', true],
    ['<Dial>+1</Dial>', true],
    ['<Dial action="https://e.com">+1</Dial>', false],
    ['<Redirect>https://e.com</Redirect>', false],
    ['<Enqueue>q</Enqueue>', false],
    ['<Hangup/>', false],
    ['{{#FLOW}}<Redirect>{{FLOW}}</Redirect>{{/FLOW}}', true],
    ['{{#FLOW}}<Redirect>{{FLOW}}</Redirect>{{/FLOW}}{{^FLOW}}<Hangup/>{{/FLOW}}', false],
  ])('with %j after the stop lets the call end: %j', (after, ends) => {
    expect(compileTemplate(whole(STOP + after)).endsCall).toBe(ends);
  });

  it('says which streams it stops for a name', () => {
    expect(compileTemplate(whole(STOP)).streamsFor('a"b')).toEqual(['a"b']);
    expect(compileTemplate(whole('<Stop><Stream name="main"/></Stop>')).streamsFor('a')).toEqual(['main']);
  });
});

describe('a text is no template', () => {
  it.each([
    ['', 'must begin with <'],
    ['text', 'must begin with <'],
    [` ${whole(STOP)}`, 'must begin with <'],
    [`\n<?xml version="1.0"?>${whole(STOP)}`, 'must begin with <'],
    [`<?xml version="1.0" encoding="ISO-8859-1"?>${whole(STOP)}`, 'must have the encoding UTF-8'],
    [`<Response>${STOP}`, 'is not well-formed XML'],
    [`${whole(STOP)}<x/>`, 'is not well-formed XML'],
    [whole(`${STOP}<Say>a & b</Say>`), 'has an & that begins no reference; write &amp;'],
    [whole(`${STOP}<Say>&#1;</Say>`), 'refers to a character that XML 1.0 cannot carry'],
    [whole(`${STOP}<Say>\u0001</Say>`), 'has the character U+0001'],
    [whole(`${STOP}<Say voice={{VOICE}}>x</Say>`), 'is not well-formed XML'],
    [`<x>${STOP}</x>`, 'must have the root <Response>, not <x>'],
    [whole('<Say>x</Say>'), 'has no <Stop> with a <Stream> in it'],
    [whole('<Stop/><Stream name="x"/>'), 'has no <Stop> with a <Stream> in it'],
    ...['Redirect', 'Hangup', 'Enqueue', 'Pause', 'Dial', 'Say', 'stop'].map((verb) => [
      whole(`<${verb}>x</${verb}>${STOP}`),
      `has its <Stop> behind a <${verb}>, so that it comes late or never; put the <Stop> first`,
    ]),
    [whole(`{{#A}}<Pause/>{{/A}}${STOP}`), 'has its <Stop> behind a <Pause>'],
    [whole(`${STOP}<!-- {{From}} -->`), 'has {{From}} in a comment or a CDATA section'],
    [whole(`${STOP}<Say><![CDATA[{{From}}]]></Say>`), 'has {{From}} in a comment or a CDATA section'],
    [whole(`${STOP}{{#A}}{{^B}}<!--{{A}}-->{{/B}}{{/A}}`), 'has {{A}} in a comment or a CDATA section'],
    [whole(`${STOP}\uFFFEFrom\uFFFF`), 'has the character U+FFFE'],
    [whole(`<Say>${STOP}</Say>`), 'has no <Stop> with a <Stream> in it'],
    [whole('<Stop><Stream/></Stop>'), 'has a <Stream> without a name in its <Stop>'],
    [whole('<Stop><Stream name="{{From}}"/></Stop>'), 'has {{From}} in the name of a <Stream> to stop'],
    [whole(`{{#A}}${STOP}{{/A}}`), 'without A: has no <Stop> with a <Stream> in it'],
    [whole(`${STOP}{{^A}}<Say>{{/A}}{{#B}}</Say>{{/B}}`), 'is not well-formed XML'],
    [whole(`${STOP}{{#A}}`), 'is no Mustache: Parse error'],
    [whole(`${STOP}{{#A}}{{/B}}`), "is no Mustache: A doesn't match B"],
    [whole(`${STOP}{{A}`), 'is no Mustache: '],
    [whole(`\n${STOP}{{{A}}}`), 'line 2: {{{A}}} switches escaping off; write {{NAME}}'],
    [whole(`${STOP}{{&A}}`), 'line 1: {{&A}} switches escaping off'],
    [whole(`${STOP}\\{{A}}`), 'line 1: {{A}} has a backslash before it'],
    [whole(STOP + sections(21)), 'has sections for more than 20'],
  ])('%j', (text, fault) => {
    expect(faultsIn(text)[0]).toContain(fault);
  });

  it.each([
    '{{> partial}}',
    '{{>(x)}}',
    '{{#if A}}x{{/if}}',
    '{{A B}}',
    '{{../A}}',
    '{{A.b}}',
    '{{A/b}}',
    '{{this}}',
    '{{.}}',
    '{{@root}}',
    '{{"A"}}',
    '{{[A]}}',
    '{{1}}',
    '{{true}}',
    '{{~A}}',
    '{{A~}}',
    '{{* d}}',
    '{{#> p}}{{/p}}',
    '{{#*inline "x"}}{{/inline}}',
    '{{#A as |b|}}{{/A}}',
    '{{#A}}{{else}}{{/A}}',
    '{{#A}}{{^}}{{/A}}',
    '{{=<% %>=}}',
    '{{}}',
    '{{__proto__}}',
    '{{!-- a }} b --}}',
    '{{{{raw}}}}{{{{/raw}}}}',
  ])('with what is no Mustache or out of the subset: %s', (tag) => {
    expect(faultsIn(whole(STOP + tag))[0]).toMatch(/ is not taken: | switches escaping off/);
  });

  it('for several reasons, which are all told', () => {
    expect(faultsIn(whole(`${STOP}{{{A}}}\n{{> b}}`))).toHaveLength(2);
  });
});

function sections(count: number): string {
  return Array.from({ length: count }, (_, n) => `{{#S${n}}}{{/S${n}}}`).join('');
}

describe('the template in deploy/templates', () => {
  it('is one that keeps the call', () => {
    const text = readFileSync(new URL('../../deploy/templates/resume-ivr.xml', import.meta.url), 'utf8');
    expect(compileTemplate(text).endsCall).toBe(false);
  });
});
