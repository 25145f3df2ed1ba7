import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { illegalXmlCharacter, isXmlText } from '../../../src/platform/validation/is-xml-text.js';

/** The production `Char` of XML 1.0 by its ranges. */
const CHAR_RANGES = [
  [0x9, 0x9],
  [0xa, 0xa],
  [0xd, 0xd],
  [0x20, 0xd7ff],
  [0xe000, 0xfffd],
  [0x10000, 0x10ffff],
] as const;

const isChar = (codePoint: number): boolean =>
  CHAR_RANGES.some(([first, last]) => codePoint >= first && codePoint <= last);

describe('illegalXmlCharacter', () => {
  it('knows every one of the 65536 characters of the basic plane', () => {
    const wrong = Array.from({ length: 0x10000 }, (_, codePoint) => codePoint).filter(
      (codePoint) => (illegalXmlCharacter(String.fromCharCode(codePoint)) === null) !== isChar(codePoint),
    );
    expect(wrong).toEqual([]);
  });

  it('takes all characters beyond it, even those that are none', () => {
    const legal = fc.oneof(
      fc.integer({ min: 0x10000, max: 0x10ffff }),
      fc.constantFrom(0x10000, 0x1fffe, 0x1ffff, 0x10ffff),
    );
    fc.assert(
      fc.property(legal, (codePoint) => {
        expect(illegalXmlCharacter(String.fromCodePoint(codePoint))).toBeNull();
      }),
    );
  });

  it.each([
    ['\0', 'U+0000 at position 0'],
    ['tab\t, line\r\n, bell\u{7}', 'U+0007 at position 18'],
    ['\u{1F422}\u{FFFE}', 'U+FFFE at position 2'],
    ['\u{FFFF}\0', 'U+FFFF at position 0'],
    ['a\u{D83D}', 'U+D83D at position 1'],
    ['a\u{DC22}b', 'U+DC22 at position 1'],
    ['\u{DC22}\u{D83D}', 'U+DC22 at position 0'],
    ['\u{D83D}\u{D83D}\u{DC22}', 'U+D83D at position 0'],
  ])('says which one of %j it is, and where', (text, said) => {
    expect(illegalXmlCharacter(text)).toBe(said);
  });

  it('finds nothing in a text without one', () => {
    expect(illegalXmlCharacter('')).toBeNull();
    expect(illegalXmlCharacter('"a" <b> & \t\r\n \u{7F}\u{85} \u{1F422} ]]>')).toBeNull();
  });
});

describe('isXmlText', () => {
  it.each([
    ['a', true],
    ['abc', true],
    ['', false],
    ['abcd', false],
    ['\u{1F422}a', true],
    ['\u{1F422}\u{1F422}\u{1F422}', true],
    ['\u{1F422}\u{1F422}\u{1F422}a', false],
    ['\u{1F422}\u{1F422}\u{1F422}\u{1F422}', false],
    ['a\0', false],
  ])('says of %j, which should have 1 to 3 characters: %s', (text, expected) => {
    expect(isXmlText(text, 1, 3)).toBe(expected);
  });

  it('says of anything but a string that it is none', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        fc.pre(typeof value !== 'string');
        expect(isXmlText(value, 0, 10)).toBe(false);
      }),
    );
    expect(isXmlText(['a'], 1, 1)).toBe(false);
    expect(isXmlText(Object('a'), 1, 1)).toBe(false);
  });
});
