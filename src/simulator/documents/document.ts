import { DOMParser, onWarningStopParsing } from '@xmldom/xmldom';
import type { Element, Node } from '@xmldom/xmldom';
import { illegalXmlCharacter } from '../../platform/validation/is-xml-text.js';
import { FetchError } from '../outgoing/fetch-error.js';

/** An element of a document: a verb such as `Say`, or a noun inside it such as `Stream`. */
export interface Verb {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The text content, trimmed. */
  readonly text: string;
  readonly nouns: readonly Verb[];
}

/** SignalWire requires a valid type but lists none. Its samples and Twilio's documents use these two. */
const XML_TYPES = new Set(['application/xml', 'text/xml']);

const CHARACTER_REFERENCE = /&#(?:x([0-9A-Fa-f]+)|([0-9]+));/g;
const BARE_AMPERSAND = /&(?!(?:[A-Za-z_:][\w:.-]*|#[0-9]+|#x[0-9A-Fa-f]+);)/;
const NO_MARKUP = /<!--.*?-->|<!\[CDATA\[.*?\]\]>/gs;

const ELEMENT_NODE = 1;

/**
 * Reads the verbs of a document, in order.
 *
 * @throws {FetchError} 12300 if the content type is missing or wrong; 12100 unless the body is well-formed XML with the
 *   root `<Response>`. Codes: "Error codes" in SignalWire's Compatibility API docs.
 */
export function readDocument(body: Uint8Array, contentType: string | undefined): Verb[] {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  if (!XML_TYPES.has(type.trim())) {
    throw new FetchError(12300, `Invalid content type: ${contentType ?? 'none'}`);
  }
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='));
  return parseDocument(decode(body, charset?.slice('charset='.length).replaceAll('"', '') ?? 'utf-8'));
}

/** @throws {FetchError} 12100 */
export function parseDocument(xml: string): Verb[] {
  const root = parseXml(xml).documentElement;
  if (root?.tagName !== 'Response') {
    throw new FetchError(12100, `The root element is <${root?.tagName}>, not <Response>`);
  }
  return children(root);
}

function decode(body: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(body);
  } catch (cause) {
    throw new FetchError(12100, `The body is not valid ${charset}`, { cause });
  }
}

/** @throws {FetchError} 12100 */
export function parseXml(xml: string): { documentElement: Element | null } {
  rejectIllegalText(xml);
  try {
    return new DOMParser({ onError: onWarningStopParsing }).parseFromString(xml, 'text/xml');
  } catch (cause) {
    throw new FetchError(12100, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

const isLegal = (text: string): boolean => illegalXmlCharacter(text) === null;

/** Rejects text that XML 1.0 forbids but the parser accepts. */
function rejectIllegalText(xml: string): void {
  const markup = xml.replaceAll(NO_MARKUP, '');
  const references = [...markup.matchAll(CHARACTER_REFERENCE)].map(([, hex, decimal]) =>
    hex === undefined ? Number(decimal) : Number.parseInt(hex, 16),
  );
  if (!isLegal(xml) || !references.every((code) => code <= 0x10ffff && isLegal(String.fromCodePoint(code)))) {
    throw new FetchError(12100, 'The document contains a character that XML 1.0 does not allow');
  }
  if (BARE_AMPERSAND.test(markup)) {
    throw new FetchError(12100, 'The document contains an unescaped ampersand');
  }
}

function children(parent: Element): Verb[] {
  return Array.from(parent.childNodes).filter(isElement).map(readVerb);
}

function isElement(node: Node): node is Element {
  return node.nodeType === ELEMENT_NODE;
}

function readVerb(element: Element): Verb {
  const attributes = Array.from(element.attributes).map(({ name, value }) => [name, value] as const);
  return {
    name: element.tagName,
    attributes: Object.fromEntries(attributes),
    text: element.textContent?.trim() ?? '',
    nouns: children(element),
  };
}
