import { ValidateBy } from 'class-validator';

/**
 * Anything but the production `Char` of XML 1.0, https://www.w3.org/TR/xml/#charsets, which excludes lone surrogates.
 */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** The first character of `text` that an XML document cannot carry, and its position; null if there is none. */
export function illegalXmlCharacter(text: string): string | null {
  const found = NOT_XML.exec(text);
  if (found === null) return null;
  const codePoint = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${codePoint} at position ${found.index}`;
}

/** Whether `text` has `min` to `max` characters: code points, as people count them, and not UTF-16 code units. */
export function hasLength(text: string, min: number, max: number): boolean {
  // A code point has at most two code units, so a long text need not be counted.
  if (text.length > 2 * max) return false;
  const { length } = Array.from(text);
  return length >= min && length <= max;
}

/** Whether `value` is a string of `min` to `max` characters, all of which XML 1.0 can carry. */
export function isXmlText(value: unknown, min: number, max: number): value is string {
  return typeof value === 'string' && hasLength(value, min, max) && illegalXmlCharacter(value) === null;
}

const illegalMessage = (property: string | undefined, illegal: string): string =>
  `${property} has the character ${illegal}, which XML 1.0 cannot carry; remove it`;

/**
 * Reports only the character that XML cannot carry, and leaves the rest to the field's other rules. Place it nearest to
 * the field, so that it runs first: the other rules would not name the character.
 */
export function OnlyXmlCharacters(): PropertyDecorator {
  return ValidateBy({
    name: 'onlyXmlCharacters',
    validator: {
      validate: (value: unknown) => typeof value !== 'string' || illegalXmlCharacter(value) === null,
      defaultMessage: (args) =>
        illegalMessage(args?.property, String(illegalXmlCharacter(String(args?.value)))),
    },
  });
}

/** A string that XML can carry. There is no escape for the other characters. */
export function IsXmlText(min: number, max: number): PropertyDecorator {
  return ValidateBy({
    name: 'isXmlText',
    validator: {
      validate: (value: unknown) => isXmlText(value, min, max),
      defaultMessage: (args) => {
        const value: unknown = args?.value;
        const illegal =
          typeof value === 'string' && hasLength(value, 0, max) ? illegalXmlCharacter(value) : null;
        return illegal === null
          ? `${args?.property} must be a string of ${min} to ${max} characters`
          : illegalMessage(args?.property, illegal);
      },
    },
  });
}
