import { STREAM_NAME_VARIABLE } from './names.js';
import { compileMustache } from './mustache.js';
import type { Mustache } from './mustache.js';
import { readStopXml } from './stop-xml.js';
import { UnfitDocumentError, UnfitTemplateError } from './templates.errors.js';

/** What a template makes of values. */
export interface RenderedDocument {
  readonly xml: string;
  /** The streams that it stops. */
  readonly streamNames: readonly string[];
}

/** A stop document with places to be filled in. */
export interface Template {
  /** Whether it can run out of verbs, after which SignalWire ends the call. */
  readonly endsCall: boolean;
  /** @throws {UnfitDocumentError} with these values it is no stop document */
  render(values: ReadonlyMap<string, string>): RenderedDocument;
  /**
   * The streams that it stops for a request that names `streamName`, with every other variable there.
   *
   * @throws {UnfitDocumentError} with this name it is no stop document
   */
  streamsFor(streamName: string): readonly string[];
  /** Variables without which it is no document, and which SignalWire's requests for a link do not bring; the first few. */
  readonly unfilled: readonly string[];
}

/**
 * What SignalWire's requests bring (https://signalwire.com/docs/compatibility-api/cxml/voice/overview), but for what comes
 * with calls by SIP alone.
 */
const ALWAYS_BROUGHT = [
  STREAM_NAME_VARIABLE,
  'AccountSid',
  'ApiVersion',
  'CallSid',
  'CallStatus',
  'Direction',
  'From',
  'ParentCallSid',
  'To',
];

/** Each adds a document to those that are tried at the start. */
const MAX_UNFILLED_SHOWN = 10;

/** Each adds two documents to those that are tried at the start. */
const MAX_SECTION_VARIABLES = 20;

/**
 * @throws {UnfitTemplateError} it is no template, or no stop document where each section is there, where none is, and
 *   where each one alone is there or is not
 */
export function compileTemplate(text: string): Template {
  const mustache = compileMustache(text);
  const render = (values: ReadonlyMap<string, string>) => rendered(mustache, values);
  const tried = variationsOf(mustache).flatMap((absent) => trial(mustache, absent));
  return {
    endsCall: tried.some(({ endsCall }) => endsCall),
    render,
    unfilled: unfilledIn(mustache),
    streamsFor: (streamName) =>
      render(new Map([...samplesFor(mustache, []), [STREAM_NAME_VARIABLE, streamName]])).streamNames,
  };
}

function rendered(mustache: Mustache, values: ReadonlyMap<string, string>) {
  const xml = mustache.fill(values);
  return { xml, ...readStopXml(xml) };
}

/** @throws {UnfitTemplateError} */
function unfilledIn(mustache: Mustache): string[] {
  const unfilled: string[] = [];
  for (;;) {
    try {
      mustache.fill(samplesOf([...ALWAYS_BROUGHT, ...unfilled]));
      return unfilled;
    } catch (error) {
      if (!(error instanceof UnfitDocumentError)) throw error;
      if (error.missing === null) throw new UnfitTemplateError([error.message]);
      unfilled.push(error.missing);
      if (unfilled.length === MAX_UNFILLED_SHOWN) return unfilled;
    }
  }
}

/** The variables that are absent, once for each document that is tried. */
function variationsOf({ asked }: Mustache): string[][] {
  const names = [...asked].filter((name) => name !== STREAM_NAME_VARIABLE);
  if (names.length > MAX_SECTION_VARIABLES)
    throw new UnfitTemplateError([`has sections for more than ${MAX_SECTION_VARIABLES} variables`]);
  const alone = names.map((name) => names.filter((other) => other !== name));
  return [[], ...names.map((name) => [name]), ...alone, names];
}

/** Marks where each value goes: no XML name, and in no literal that anyone writes. */
const sampleOf = (name: string): string => `‹${name}›`;
const OTHER_SAMPLE = /‹(?!STREAMNAME›)(\w+)›/;

const samplesOf = (names: readonly string[]): Map<string, string> =>
  new Map(names.map((name) => [name, sampleOf(name)] as const));

const samplesFor = ({ asked, shown }: Mustache, absent: readonly string[]): Map<string, string> =>
  samplesOf([...asked, ...shown].filter((name) => !absent.includes(name)));

/** None where the template needs what is absent: it says so once it happens. */
function trial(mustache: Mustache, absent: readonly string[]): { endsCall: boolean }[] {
  try {
    const document = rendered(mustache, samplesFor(mustache, absent));
    const [, other] =
      document.streamNames.map((name) => OTHER_SAMPLE.exec(name)).find((found) => found !== null) ?? [];
    if (other === undefined) return [document];
    throw new UnfitDocumentError(
      `has {{${other}}} in the name of a <Stream> to stop; write {{${STREAM_NAME_VARIABLE}}} or the name itself`,
    );
  } catch (error) {
    if (!(error instanceof UnfitDocumentError)) throw error;
    if (error.missing !== null) return [];
    const where = absent.length === 0 ? '' : `without ${absent.join(', ')}: `;
    throw new UnfitTemplateError([where + error.message]);
  }
}
