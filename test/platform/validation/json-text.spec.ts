import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultInJsonText } from '../../../src/platform/validation/json-text.js';
import { MEGABYTE } from '../../support/megabyte.js';
import { fastestMs } from '../fastest.js';

const filled = (pattern: string, length: number): string =>
  pattern.repeat(Math.ceil(length / pattern.length)).slice(0, length);

/** A list of a size that is read to its end. */
const harmless = (length: number): string => `[${filled(`"${'a'.repeat(62)}",`, length - 2)}]`;

describe('the text of a JSON body', () => {
  it.each([
    ['{"a":1,"b":2,"a":1}', 'a', 'a'],
    ['{"a":1,"\\u0061":2}', 'a', 'a'],
    ['{"a":{"a":1},"b":[{"c":1},{"c":[],"c":{}}]}', 'b[1].c', 'c'],
    ['[{"x":"}","y":"\\"","x":"{"}]', '0.x', 'x'],
    ['{"__proto__":1,"__proto__":2}', '__proto__', '__proto__'],
    ['{"":1,"":2}', '', ''],
    [`{"${'n'.repeat(200)}":1,"${'n'.repeat(200)}":1}`, `${'n'.repeat(97)}...`, `${'n'.repeat(97)}...`],
  ])('is refused by the name of a field that is given twice: %s', (json, field, name) => {
    expect(faultInJsonText(json)).toEqual({ field, message: `${name} is given twice` });
  });

  it.each([
    '1',
    '"a"',
    '{}',
    '[]',
    '{"a":"a","b":"a"}',
    '[{"a":1},{"a":1}]',
    '{"a":{"a":{"a":1}}}',
    '["a","a"]',
  ])('may be %s', (json) => {
    expect(faultInJsonText(json)).toBeNull();
  });

  it('may be whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 10 }), (json) => {
        expect(faultInJsonText(json)).toBeNull();
      }),
    );
  });

  it.each([
    ['20,001 values', `[${'1,'.repeat(20_000)}1]`, 'the body has more than 20000 values'],
    ['340,000 empty verbs', `[${'{},'.repeat(340_000)}{}]`, 'the body has more than 20000 values'],
    ['500,000 levels', '{"a":'.repeat(500_000), 'the body has more than 20000 values'],
  ])('is refused if it has %s', (_, json, message) => {
    expect(faultInJsonText(json)).toEqual({ field: '', message });
  });

  it.each([
    ['20,000 values', `[${'1,'.repeat(19_999)}1]`],
    ['20,000 levels', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['no JSON', '"a\\u00zz{,}]]{"\\x":1,"\\x'],
  ])('is left to the parser if it has %s', (_, json) => {
    expect(faultInJsonText(json)).toBeNull();
  });

  it('is read without an error, whatever it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[{}[\],:"\\a]*$/), (text) => {
        expect(() => faultInJsonText(text)).not.toThrow();
      }),
    );
  });

  it.each([
    ['escaped quotes outside a string', '', '\\"'],
    ['a list of an unterminated string', '[', '"a\\'],
    ['names that never end', '{', '"a\\":'],
    ['backslashes', '"', '\\'],
    ['lines that end in a backslash', '"', '\\\n"'],
    ['quotes', '', '"'],
    ['open names', '', '{"'],
  ])('takes a time in proportion to its length: %s', (_, start, pattern) => {
    // From short to long, so that a slow pattern is found before it takes minutes.
    for (const length of [MEGABYTE / 64, MEGABYTE / 8, MEGABYTE]) {
      const hostile = start + filled(pattern, length - start.length);
      const ms = fastestMs(() => faultInJsonText(hostile));
      expect(ms).toBeLessThan(50 + 50 * fastestMs(() => faultInJsonText(harmless(length))));
    }
  });
});
