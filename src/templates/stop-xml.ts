import { DOMParser, onWarningStopParsing } from '@xmldom/xmldom';
import type { Element, Node } from '@xmldom/xmldom';
import { cut } from '../platform/http/cut.js';
import { illegalXmlCharacter } from '../platform/validation/is-xml-text.js';
import { UnfitDocumentError } from './templates.errors.js';

/** SignalWire reads no longer document (https://signalwire.com/docs/compatibility-api/guides/webhooks). */
export const MAX_DOCUMENT_BYTES = 65_536;

const SHOWN_LENGTH = 200;

/** What a stop document does. */
export interface StopXml {
  /** Of the streams that it stops before it does anything that takes time. */
  readonly streamNames: readonly string[];
  /** Whether it runs out of verbs without a `<Hangup>`, which ends the call as well. */
  readonly endsCall: boolean;
}

const NO_MARKUP = /<!--.*?-->|<!\[CDATA\[.*?\]\]>/gs;
const CHARACTER_REFERENCE = /&#(?:x([0-9A-Fa-f]+)|([0-9]+));/g;
const BARE_AMPERSAND = /&(?!(?:[A-Za-z_:][\w:.-]*|#[0-9]+|#x[0-9A-Fa-f]+);)/;
const OTHER_ENCODING = /^<\?xml[^>]*\sencoding\s*=\s*["'](?!utf-8["'])/i;

/**
 * All that may stand before a `<Stop>` that is to stop something at once; `<Start>` does not wait for what it starts
 * (https://signalwire.com/docs/compatibility-api/cxml/voice/stream).
 */
const TIMELESS_VERBS = new Set(['Stop', 'Start']);

/** No verb after one of these is run. */
const LAST_VERBS = new Set(['Redirect', 'Enqueue', 'Hangup']);

/** Verbs after which the call goes on with the document at their `action`. */
const HAS_ACTION = new Set(['Dial', 'Connect', 'Record']);

const ELEMENT_NODE = 1;

/**
 * @param xml as SignalWire is to get it
 * @throws {UnfitDocumentError} it is no stop document: not well-formed, too long, or without a stream to stop at once
 */
export function readStopXml(xml: string): StopXml {
  if (Buffer.byteLength(xml) > MAX_DOCUMENT_BYTES)
    throw new UnfitDocumentError(`is longer than ${MAX_DOCUMENT_BYTES} bytes when filled in`);
  if (!xml.startsWith('<')) throw new UnfitDocumentError('must begin with <, without white space before it');
  if (OTHER_ENCODING.test(xml))
    throw new UnfitDocumentError('must have the encoding UTF-8, in which it is sent');
  rejectWhatTheParserTakes(xml);
  const root = rootOf(xml);
  if (root?.tagName !== 'Response')
    throw new UnfitDocumentError(`must have the root <Response>, not <${root?.tagName}>`);
  const verbs = childrenOf(root);
  const delaying = verbs.findIndex(({ tagName }) => !TIMELESS_VERBS.has(tagName));
  const streamNames = namesIn(delaying === -1 ? verbs : verbs.slice(0, delaying));
  if (streamNames.length === 0) throw new UnfitDocumentError(reasonForNone(verbs, verbs[delaying]));
  if (streamNames.includes('')) throw new UnfitDocumentError('has a <Stream> without a name in its <Stop>');
  return { streamNames, endsCall: !verbs.some(keepsCallOrHangsUp) };
}

/** The names of the streams that these verbs stop. */
const namesIn = (verbs: readonly Element[]): string[] =>
  verbs
    .filter(({ tagName }) => tagName === 'Stop')
    .flatMap(childrenOf)
    .filter(({ tagName }) => tagName === 'Stream')
    .map((stream) => stream.getAttribute('name') ?? '');

const reasonForNone = (verbs: readonly Element[], delaying: Element | undefined): string =>
  delaying === undefined || namesIn(verbs).length === 0
    ? 'has no <Stop> with a <Stream> in it'
    : `has its <Stop> behind a <${delaying.tagName}>, so that it comes late or never; put the <Stop> first`;

const keepsCallOrHangsUp = (verb: Element): boolean =>
  LAST_VERBS.has(verb.tagName) || (HAS_ACTION.has(verb.tagName) && Boolean(verb.getAttribute('action')));

function rootOf(xml: string): Element | null {
  try {
    return new DOMParser({ onError: onWarningStopParsing }).parseFromString(xml, 'text/xml').documentElement;
  } catch (cause) {
    const [message = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new UnfitDocumentError(`is not well-formed XML: ${cut(message, SHOWN_LENGTH)}`, null, { cause });
  }
}

/** No XML 1.0 document may have these. */
function rejectWhatTheParserTakes(xml: string): void {
  const markup = xml.replaceAll(NO_MARKUP, '');
  const codes = [...markup.matchAll(CHARACTER_REFERENCE)].map(([, hex, decimal]) =>
    hex === undefined ? Number(decimal) : Number.parseInt(hex, 16),
  );
  if (codes.some((code) => code > 0x10ffff || illegalXmlCharacter(String.fromCodePoint(code)) !== null))
    throw new UnfitDocumentError('refers to a character that XML 1.0 cannot carry');
  if (BARE_AMPERSAND.test(markup))
    throw new UnfitDocumentError('has an & that begins no reference; write &amp;');
}

const childrenOf = (parent: Element): Element[] => Array.from(parent.childNodes).filter(isElement);

const isElement = (node: Node): node is Element => node.nodeType === ELEMENT_NODE;
