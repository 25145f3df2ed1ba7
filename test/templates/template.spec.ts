import { readFileSync } from 'node:fs';
import { DOMParser } from '@xmldom/xmldom';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileTemplate } from '../../src/templates/template.js';
import { UnfitDocumentError, UnfitTemplateError } from '../../src/templates/templates.errors.js';
import { isStreamName } from '../../src/validation/stream-name.js';

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
      `${STOP}<Say>{{From}}{{From}}</Say>`,
      { From: 'x'.repeat(33_000) },
      'is longer than 65536 bytes when filled in',
    ],
    ['a value breaks it', `${STOP}<!-- {{From}} --><Say/>`, { From: '--' }, 'is not well-formed XML'],
  ])('is no document where %s', (_, content, values, reason) => {
    expect(() => render(whole(content), values as Record<string, string>)).toThrow(UnfitDocumentError);
    expect(() => render(whole(content), values as Record<string, string>)).toThrow(reason);
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
