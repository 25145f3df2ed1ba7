import { DOMParser, onWarningStopParsing } from '@xmldom/xmldom';
import type { Element, Node } from '@xmldom/xmldom';
import { cut } from '../platform/http/cut.js';
import { illegalXmlCharacter } from '../platform/validation/is-xml-text.js';
import { TemplateRenderError } from './templates.errors.js';

/** The longest document that SignalWire reads (https://signalwire.com/docs/compatibility-api/guides/webhooks). */
export const MAX_DOCUMENT_BYTES = 65_536;

const MAX_SHOWN_LENGTH = 200;

/** What a stop document does. */
export interface StopXml {
  /** The streams that it stops before it does anything that takes time. */
  readonly streamNames: readonly string[];
  /** Whether it runs out of verbs without a `<Hangup>`, so that SignalWire ends the call. */
  readonly endsCall: boolean;
}

/** One that is not closed reaches to the end, because looking for the end of each of many would take seconds. */
const NO_MARKUP = /<!--.*?(?:-->|$)|<!\[CDATA\[.*?(?:\]\]>|$)/gs;
const CHARACTER_REFERENCE = /&#(?:x([0-9A-Fa-f]+)|([0-9]+));/g;
const BARE_AMPERSAND = /&(?!(?:[A-Za-z_:][\w:.-]*|#[0-9]+|#x[0-9A-Fa-f]+);)/;
const OTHER_ENCODING = /^<\?xml[^>]*\sencoding\s*=\s*["'](?!utf-8["'])/i;

/**
 * The verbs that may come before a `<Stop>` without delaying it. `<Start>` is asynchronous
 * (https://signalwire.com/docs/compatibility-api/cxml/voice/stream).
 */
const IMMEDIATE_VERBS = new Set(['Stop', 'Start']);

/** No verb after one of these runs. */
const LAST_VERBS = new Set(['Redirect', 'Enqueue', 'Hangup']);

/** After these the call continues with the document at their `action`. */
const HAS_ACTION = new Set(['Dial', 'Connect', 'Record']);

const ELEMENT_NODE = 1;

/**
 * Reads a document as SignalWire will.
 *
 * @throws {TemplateRenderError} it is not a stop document: not well-formed, too long, or without a stream to stop at
 * once
 */
export function readStopXml(xml: string): StopXml {
  if (Buffer.byteLength(xml) > MAX_DOCUMENT_BYTES)
    throw new TemplateRenderError(`is longer than ${MAX_DOCUMENT_BYTES} bytes when filled in`);
  if (!xml.startsWith('<')) throw new TemplateRenderError('must begin with <, without white space before it');
  if (OTHER_ENCODING.test(xml))
    throw new TemplateRenderError('must have the encoding UTF-8, in which it is sent');
  rejectWhatTheParserAccepts(xml);
  const root = rootOf(xml);
  if (root?.tagName !== 'Response')
    throw new TemplateRenderError(`must have the root <Response>, not <${root?.tagName}>`);
  const verbs = childrenOf(root);
  const delaying = verbs.findIndex(({ tagName }) => !IMMEDIATE_VERBS.has(tagName));
  const streamNames = namesIn(delaying === -1 ? verbs : verbs.slice(0, delaying));
  if (streamNames.length === 0) throw new TemplateRenderError(reasonForNone(verbs, verbs[delaying]));
  if (streamNames.includes('')) throw new TemplateRenderError('has a <Stream> without a name in its <Stop>');
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
    throw new TemplateRenderError(`is not well-formed XML: ${cut(message, MAX_SHOWN_LENGTH)}`, { cause });
  }
}

/** Faults that XML 1.0 forbids and the parser does not report. */
function rejectWhatTheParserAccepts(xml: string): void {
  const markup = xml.replaceAll(NO_MARKUP, '');
  const codes = [...markup.matchAll(CHARACTER_REFERENCE)].map(([, hex, decimal]) =>
    hex === undefined ? Number(decimal) : Number.parseInt(hex, 16),
  );
  if (codes.some((code) => code > 0x10ffff || illegalXmlCharacter(String.fromCodePoint(code)) !== null))
    throw new TemplateRenderError('refers to a character that XML 1.0 cannot carry');
  if (BARE_AMPERSAND.test(markup))
    throw new TemplateRenderError('has an & that does not begin a reference; write &amp;');
}

const childrenOf = (parent: Element): Element[] => Array.from(parent.childNodes).filter(isElement);

const isElement = (node: Node): node is Element => node.nodeType === ELEMENT_NODE;
