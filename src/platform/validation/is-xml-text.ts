import { ValidateBy } from 'class-validator';

/** Anything outside the production `Char` of XML 1.0, https://www.w3.org/TR/xml/#charsets; lone surrogates too. */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** Says which character of `text` an XML document cannot carry, and where; null where there is none. */
export function illegalXmlCharacter(text: string): string | null {
  const found = NOT_XML.exec(text);
  if (found === null) return null;
  const codePoint = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${codePoint} at position ${found.index}`;
}

/** Whether `value` is a string of `min` to `max` characters, all of which XML 1.0 can carry. */
export function isXmlText(value: unknown, min: number, max: number): value is string {
  return (
    typeof value === 'string' &&
    value.length >= min &&
    value.length <= max &&
    illegalXmlCharacter(value) === null
  );
}

const illegalMessage = (property: string | undefined, illegal: string): string =>
  `${property} has the character ${illegal}, which XML 1.0 cannot carry; remove it`;

/**
 * Says of a string what in it no XML document can carry, and leaves all else to the field's other rules. It stands
 * nearest to the field, so that it is asked first: a rule of the form would not say which character it is.
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

/** Refuses what no XML document can carry, since no escape exists for it. */
export function IsXmlText(min: number, max: number): PropertyDecorator {
  return ValidateBy({
    name: 'isXmlText',
    validator: {
      validate: (value: unknown) => isXmlText(value, min, max),
      defaultMessage: (args) => {
        const value: unknown = args?.value;
        const illegal = typeof value === 'string' && value.length <= max ? illegalXmlCharacter(value) : null;
        return illegal === null
          ? `${args?.property} must be a string of ${min} to ${max} characters`
          : illegalMessage(args?.property, illegal);
      },
    },
  });
}
