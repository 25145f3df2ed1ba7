import { illegalXmlCharacter } from '../platform/validation/is-xml-text.js';
import { compileMustache, URL_ENCODE } from './mustache.js';
import type { Token } from './mustache.js';
import { STREAM_NAME_VARIABLE } from './names.js';
import { readStopXml } from './stop-xml.js';
import type { StopXml } from './stop-xml.js';
import { InvalidTemplateError, TemplateRenderError } from './templates.errors.js';

export interface RenderedDocument extends StopXml {
  readonly xml: string;
}

/** A stop document with places for values. */
export interface Template {
  /** Whether it runs out of verbs, in which case SignalWire ends the call. Found with a value for every variable. */
  readonly endsCall: boolean;
  /** Variables that it needs and that SignalWire's requests for a link do not bring; the first ten. */
  readonly unfilled: readonly string[];
  /** @throws {TemplateRenderError} with these values it is not a stop document */
  render(values: ReadonlyMap<string, string>): RenderedDocument;
  /**
   * The streams that it stops if the request names `streamName` and every other variable has a value.
   *
   * @throws {TemplateRenderError} with this name it is not a stop document
   */
  streamsFor(streamName: string): readonly string[];
}

/**
 * The parameters of all of SignalWire's requests (https://signalwire.com/docs/compatibility-api/cxml/voice/overview),
 * without those that only SIP calls have.
 */
const ALWAYS_BROUGHT = new Set([
  STREAM_NAME_VARIABLE,
  'AccountSid',
  'ApiVersion',
  'CallSid',
  'CallStatus',
  'Direction',
  'From',
  'ParentCallSid',
  'To',
]);

const MAX_UNFILLED_SHOWN = 10;

/** @throws {InvalidTemplateError} it is not a template, or with sample values it is not a stop document */
export function compileTemplate(text: string): Template {
  const illegal = illegalXmlCharacter(text);
  if (illegal !== null)
    throw new InvalidTemplateError([`has the character ${illegal}, which XML 1.0 cannot carry`]);
  const mustache = compileMustache(text);
  const { tokens } = mustache;
  const samples = new Map(variablesIn(tokens).map((name) => [name, sampleOf(name)]));
  const render = (values: ReadonlyMap<string, string>) => {
    const xml = mustache.render(values);
    return { xml, ...readStopXml(xml) };
  };
  return {
    endsCall: sampleDocument(() => render(samples)).endsCall,
    unfilled: [...new Set(unfilledIn(tokens))].slice(0, MAX_UNFILLED_SHOWN),
    render,
    streamsFor: (streamName) => render(new Map([...samples, [STREAM_NAME_VARIABLE, streamName]])).streamNames,
  };
}

/** @throws {InvalidTemplateError} */
function sampleDocument(render: () => StopXml): StopXml {
  try {
    return render();
  } catch (error) {
    if (error instanceof TemplateRenderError) throw new InvalidTemplateError([error.message]);
    throw error;
  }
}

/** Not an XML name, so that a template with a variable in the markup is not well-formed. */
const sampleOf = (name: string): string => `‹${name}›`;

const innerOf = ([, , , , inner]: Token): readonly Token[] => inner ?? [];

const variablesIn = (tokens: readonly Token[]): string[] =>
  tokens.flatMap((token) => [
    ...(['name', '#', '^'].includes(token[0]) && token[1] !== URL_ENCODE ? [token[1]] : []),
    ...variablesIn(innerOf(token)),
  ]);

/** Variables that are shown although a request for a link brings no value for them. */
function unfilledIn(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => {
    const [kind, name] = token;
    const isBrought = ALWAYS_BROUGHT.has(name) || name === URL_ENCODE;
    if (kind === 'name') return isBrought ? [] : [name];
    return (kind === '#') === isBrought ? unfilledIn(innerOf(token)) : [];
  });
}
