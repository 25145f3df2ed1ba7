import Handlebars from 'handlebars';
import { MAX_DOCUMENT_BYTES } from './stop-xml.js';
import { UnfitDocumentError } from './templates.errors.js';

/** Stands in a document where a value goes. Its two ends are characters that no XML document may have. */
export const placeOf = (name: string): string => `\uFFFE${name}\uFFFF`;

const PLACE = /\uFFFE(\w+)\uFFFF/g;

/** Comments, CDATA sections, tags, and the text between them; a `<` that begins nothing is left to the XML parser. */
const PIECE = /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<[/?]?[A-Za-z_](?:"[^"<]*"|'[^'<]*'|[^<>"'])*>|[^<]+|</g;
const OPENING_TAG = /^<([\w:.-]+)[^]*(?<!\/)>$/;
const ATTRIBUTE = /(?<![\w:.-])([\w:.-]+)(\s*=\s*["'])((?<=")[^"]*|(?<=')[^']*)/g;

/** Verbs and nouns whose text is an address, and the attributes that are one: `action`, `statusCallback`, `waitUrl`. */
const ADDRESS_ELEMENTS = new Set(['Redirect', 'Play', 'Sip']);
const ADDRESS_ATTRIBUTE = /^(?:action|.*url|.*callback)$/i;

/**
 * The document with the values in their places: escaped, and percent-encoded (RFC 3986) before that where they stand in
 * an address, so that none adds a parameter to it. A value at the beginning of an address is its beginning, and is not
 * encoded.
 *
 * @param values a value for each place, all of whose characters XML can carry
 * @throws {UnfitDocumentError} the document is too long, or has a place where nothing can be escaped
 */
export function putInPlaces(document: string, values: ReadonlyMap<string, string>): string {
  const valueAt = (name: string): string => values.get(name) ?? '';
  const growth = [...document.matchAll(PLACE)].map(
    ([place, name = '']) => valueAt(name).length - place.length,
  );
  if (growth.reduce((sum, more) => sum + more, document.length) > MAX_DOCUMENT_BYTES)
    throw new UnfitDocumentError(`is longer than ${MAX_DOCUMENT_BYTES} bytes when filled in`);

  const inText = (text: string): string =>
    text.replaceAll(PLACE, (_, name: string) => escaped(valueAt(name)));
  const inAddress = (text: string, before = ''): string =>
    text.replaceAll(PLACE, (_, name: string, offset: number) => {
      const isBeginning = (before + text.slice(0, offset)).trim() === '';
      return escaped(isBeginning ? valueAt(name) : encodeURIComponent(valueAt(name)));
    });
  const inTag = (tag: string): string =>
    inText(
      tag.replaceAll(ATTRIBUTE, (attribute, name: string, quote: string, value: string) =>
        ADDRESS_ATTRIBUTE.test(name) ? name + quote + inAddress(value) : attribute,
      ),
    );

  let element = '';
  let before = '';
  return document.replaceAll(PIECE, (piece) => {
    const isMarkup = piece.startsWith('<');
    if (isMarkup && !piece.startsWith('<!')) {
      element = OPENING_TAG.exec(piece)?.[1] ?? '';
      before = '';
      return inTag(piece);
    }
    if (isMarkup) rejectPlaceIn(piece);
    const filled = !isMarkup && ADDRESS_ELEMENTS.has(element) ? inAddress(piece, before) : inText(piece);
    if (!piece.startsWith('<!--')) before += piece;
    return filled;
  });
}

/** @throws {UnfitDocumentError} */
function rejectPlaceIn(piece: string): void {
  const [, name] = new RegExp(PLACE, '').exec(piece) ?? [];
  if (name !== undefined)
    throw new UnfitDocumentError(
      `has {{${name}}} in a comment or a CDATA section, where nothing can be escaped`,
    );
}

/** White space but for blanks as well, since an XML parser makes blanks of it in an attribute. */
const escaped = (value: string): string =>
  Handlebars.escapeExpression(value).replaceAll(/[\t\n\r]/g, (space) => `&#${space.charCodeAt(0)};`);
