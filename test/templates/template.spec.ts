import { readFileSync } from 'node:fs';
import { DOMParser } from '@xmldom/xmldom';
import type { Element } from '@xmldom/xmldom';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTemplate } from '../../src/templates/template.js';
import { InvalidTemplateError, TemplateRenderError } from '../../src/templates/templates.errors.js';
import { isStreamName } from '../../src/cancellation/identifiers.js';

const STOP = '<Stop><Stream name="{{STREAMNAME}}"/></Stop>';
const whole = (content: string) => `<Response>${content}</Response>`;

const render = (text: string, values: Record<string, string> = {}) =>
  compileTemplate(text).render(new Map(Object.entries({ STREAMNAME: 'stream', ...values })));

function faultsIn(text: string): readonly string[] {
  try {
    compileTemplate(text);
  } catch (error) {
    if (error instanceof InvalidTemplateError) return error.faults;
    throw error;
  }
  return [];
}

describe('a template', () => {
  it('fills in the name of the stream and the parameters of the request', () => {
    expect(
      render(whole(`${STOP}<Say>{{ From }} {{CallSid}}</Say>`), { From: '+1555', CallSid: 'c' }),
    ).toEqual({
      xml: whole('<Stop><Stream name="stream"/></Stop><Say>+1555 c</Say>'),
      streamNames: ['stream'],
      endsCall: true,
    });
  });

  it('renders a section if its variable has a value, and an inverted section if not', () => {
    const text = whole(
      `${STOP}{{#From}}<Say>{{From}}{{To}}</Say>{{/From}}{{^From}}<Pause/>{{/From}}{{! or {not} }}`,
    );
    const stop = '<Stop><Stream name="stream"/></Stop>';
    expect(render(text, { From: 'a', To: 'b' }).xml).toBe(whole(`${stop}<Say>ab</Say>`));
    expect(render(text).xml).toBe(whole(`${stop}<Pause/>`));
    expect(render(text, { From: '', To: 'b' }).xml).toBe(whole(`${stop}<Pause/>`));
  });

  it.each(['if', 'each', 'lookup', 'helperMissing', 'constructor', 'toString'])(
    'has no helpers and no inherited values: {{%s}} is a variable',
    (name) => {
      const text = whole(`${STOP}<Say>{{#${name}}}[{{${name}}}]{{/${name}}}</Say>`);
      expect(render(text, { [name]: 'x' }).xml).toContain('<Say>[x]</Say>');
      expect(render(text).xml).toContain('<Say></Say>');
    },
  );

  it('lets an XML parser read every legal name and text back unchanged', () => {
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
    ['a variable is missing', `${STOP}<Say>{{From}}</Say>`, {}, 'the request brings no From'],
    [
      'a value has a character that XML cannot carry',
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
  ])('is not rendered if %s', (_, content, values, reason) => {
    expect(() => render(whole(content), values as Record<string, string>)).toThrow(TemplateRenderError);
    expect(() => render(whole(content), values as Record<string, string>)).toThrow(reason);
  });

  it.each([
    [
      '<Redirect>https://e.com/?s={{#urlEncode}}{{V}}{{/urlEncode}}&amp;x</Redirect>',
      "https://e.com/?s=a%20b%26c%3Dd%23e%2F%22'&x",
    ],
    [
      '<Redirect>https://e.com/{{#urlEncode}}{{V}} {{V}}{{/urlEncode}}</Redirect>',
      "https://e.com/a%20b%26c%3Dd%23e%2F%22'%20a%20b%26c%3Dd%23e%2F%22'",
    ],
    [
      '<Redirect>https://e.com/{{#V}}{{#urlEncode}}{{V}}{{/urlEncode}}{{/V}}</Redirect>',
      "https://e.com/a%20b%26c%3Dd%23e%2F%22'",
    ],
    ['<Redirect>https://e.com/?s={{V}}</Redirect>', 'https://e.com/?s=a b&c=d#e/"\''],
    ['<Say>{{V}} {{V}}</Say>', 'a b&c=d#e/"\' a b&c=d#e/"\''],
  ])('percent-encodes a value only in a urlEncode section: %s', (content, text) => {
    const { xml } = render(whole(STOP + content), { V: 'a b&c=d#e/"\'', urlEncode: 'x' });
    expect(new DOMParser().parseFromString(xml, 'text/xml').documentElement?.textContent).toBe(text);
  });

  it.each([
    [
      `<Dial action='https://e.com?s={{#urlEncode}}{{V}}{{/urlEncode}}'>+1</Dial>`,
      "https://e.com?s=a%20b%26c'%22",
    ],
    [`<Dial action='{{V}}'>+1</Dial>`, 'a b&c\'"'],
    ['<Say voice="x{{V}}">q</Say>', 'xa b&c\'"'],
  ])('keeps a value inside its attribute: %s', (content, value) => {
    const { xml } = render(whole(STOP + content), { V: 'a b&c\'"' });
    const verb = new DOMParser().parseFromString(xml, 'text/xml').documentElement?.lastChild as
      | Element
      | null
      | undefined;
    expect(Array.from(verb?.attributes ?? []).map((attribute) => attribute.value)).toEqual([value]);
  });

  it.each([
    ['{{From}}{{To}}{{STREAMNAME}}', []],
    ['{{SipUser}}{{FLOW}}{{FLOW}}', ['SipUser', 'FLOW']],
    ['{{#SipUser}}{{SipUser}}{{/SipUser}}{{#FLOW}}{{OTHER}}{{/FLOW}}', []],
    [
      '{{#From}}{{FLOW}}{{/From}}{{^SipUser}}{{OTHER}}{{/SipUser}}{{^From}}{{NONE}}{{/From}}',
      ['FLOW', 'OTHER'],
    ],
    ['{{#urlEncode}}{{FLOW}}{{From}}{{/urlEncode}}', ['FLOW']],
    [
      Array.from({ length: 12 }, (_, n) => `{{V${n}}}`).join(''),
      Array.from({ length: 10 }, (_, n) => `V${n}`),
    ],
  ])('lists the variables of %s that SignalWire does not bring', (said, unfilled) => {
    expect(compileTemplate(whole(`${STOP}<Say>${said}</Say>`)).unfilled).toEqual(unfilled);
  });

  it('counts only streams that it stops before anything that takes time', () => {
    const start = '<Start><Stream name="new" url="wss://e.com"/></Start>';
    const late = '<Say>x</Say><Stop><Stream name="late"/></Stop>';
    expect(render(whole(start + STOP + late)).streamNames).toEqual(['stream']);
  });

  it('quotes no value in its error', () => {
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
    ['{{#FLOW}}<Redirect>{{FLOW}}</Redirect>{{/FLOW}}', false],
    ['{{^FLOW}}<Redirect>/x</Redirect>{{/FLOW}}', true],
    ['{{#FLOW}}<Redirect>{{FLOW}}</Redirect>{{/FLOW}}{{^FLOW}}<Hangup/>{{/FLOW}}', false],
  ])('with %j after the stop ends the call: %j', (after, ends) => {
    expect(compileTemplate(whole(STOP + after)).endsCall).toBe(ends);
  });

  it('tells which streams it stops for a name', () => {
    expect(compileTemplate(whole(STOP)).streamsFor('a"b')).toEqual(['a"b']);
    expect(compileTemplate(whole('<Stop><Stream name="main"/></Stop>')).streamsFor('a')).toEqual(['main']);
  });
});

describe('a text', () => {
  it.each([
    ['3000 nested sections', '{{#A}}'.repeat(3000) + '{{/A}}'.repeat(3000), 'nests more than 20 sections'],
    ['10000 unclosed comments', '<!--'.repeat(10_000), 'is not well-formed XML'],
    ['5000 unclosed CDATA sections', '<![CDATA['.repeat(5000), 'is not well-formed XML'],
  ])('with %s is not a template', (_, content, fault) => {
    expect(faultsIn(whole(STOP + content))[0]).toContain(fault);
  });

  it('has its first fifty faults named, in order', () => {
    const faults = faultsIn(whole(`${STOP}${'\n{{&A}}'.repeat(1000)}`));
    expect(faults).toHaveLength(50);
    expect([faults[0], faults[49]]).toEqual([
      expect.stringContaining('line 2: {{&A}}'),
      expect.stringContaining('line 51: {{&A}}'),
    ]);
  });

  it.each([
    ['', 'must begin with <'],
    ['text', 'must begin with <'],
    [` ${whole(STOP)}`, 'must begin with <'],
    [`\n<?xml version="1.0"?>${whole(STOP)}`, 'must begin with <'],
    [`<?xml version="1.0" encoding="ISO-8859-1"?>${whole(STOP)}`, 'must have the encoding UTF-8'],
    [`<Response>${STOP}`, 'is not well-formed XML'],
    [`${whole(STOP)}<x/>`, 'is not well-formed XML'],
    [whole(`${STOP}<Say>a & b</Say>`), 'has an & that does not begin a reference; write &amp;'],
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
    [whole(`${STOP}\uFFFEFrom\uFFFF`), 'has the character U+FFFE'],
    [whole(`<Say>${STOP}</Say>`), 'has no <Stop> with a <Stream> in it'],
    [whole('<Stop><Stream/></Stop>'), 'has a <Stream> without a name in its <Stop>'],
    [whole(`{{^A}}${STOP}{{/A}}`), 'has no <Stop> with a <Stream> in it'],
    [whole(`${STOP}<{{A}}/>`), 'is not well-formed XML'],
    [whole(`${STOP}<Say {{A}}>x</Say>`), 'is not well-formed XML'],
    [whole(`${STOP}{{^A}}<Say>{{/A}}{{#B}}</Say>{{/B}}`), 'is not well-formed XML'],
    [whole(`${STOP}{{#A}}`), 'is not Mustache: Unclosed section "A"'],
    [whole(`${STOP}{{#A}}{{/B}}`), 'is not Mustache: Unclosed section "A"'],
    [whole(`${STOP}{{A}`), 'is not Mustache: Unclosed tag'],
    [whole(`\n${STOP}{{{A}}}`), 'line 2: {{{A}}} switches escaping off; write {{NAME}}'],
    [whole(`${STOP}{{&A}}`), 'line 1: {{&A}} switches escaping off'],
  ])('is not a template: %j', (text, fault) => {
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
    '{{.}}',
    '{{@root}}',
    '{{"A"}}',
    '{{[A]}}',
    '{{1}}',
    '{{~A}}',
    '{{A~}}',
    '{{* d}}',
    '{{#> p}}{{/p}}',
    '{{#*inline "x"}}{{/inline}}',
    '{{#A as |b|}}{{/A}}',
    '{{#A}}{{^}}{{/A}}',
    '{{=<% %>=}}',
    '{{urlEncode}}',
    '{{^urlEncode}}x{{/urlEncode}}',
    '{{}}',
    '{{__proto__}}',
    '{{{{raw}}}}{{{{/raw}}}}',
  ])('is not a template with the tag %s', (tag) => {
    expect(faultsIn(whole(STOP + tag))[0]).toMatch(
      / is not allowed: | switches escaping off|is not Mustache/,
    );
  });

  it('is not a template for several reasons, all of which are reported', () => {
    expect(faultsIn(whole(`${STOP}{{{A}}}\n{{> b}}`))).toHaveLength(2);
  });
});

describe('the template in deploy/templates', () => {
  it('is valid and keeps the call', () => {
    const text = readFileSync(new URL('../../deploy/templates/resume-ivr.xml', import.meta.url), 'utf8');
    expect(compileTemplate(text).endsCall).toBe(false);
  });
});
