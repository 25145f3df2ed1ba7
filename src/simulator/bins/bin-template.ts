import Handlebars from 'handlebars';
import type { HelperOptions } from 'handlebars';
import type { Params } from '../laml/update-params.js';
import { parseXml } from '../documents/document.js';

/** The contents of a bin, ready to be filled in with the parameters of a request. */
export type BinTemplate = (params: Params) => string;

/** The contents are no XML or no Mustache; the message says which, and where. */
export class InvalidBinError extends Error {
  override readonly name = 'InvalidBinError';
}

/** Handlebars without its helpers: what is left of it is Mustache. */
const engine = Handlebars.create();
const HELPERS = Object.keys(engine.helpers);
for (const name of HELPERS) engine.unregisterHelper(name);

/** The compiler knows them by heart. */
const knownHelpers = Object.fromEntries(HELPERS.map((name) => [name, false]));

/** What has no value is empty, and an empty text is no section. */
engine.registerHelper('helperMissing', () => undefined);
engine.registerHelper('blockHelperMissing', function (this: unknown, value: unknown, options: HelperOptions) {
  return typeof value === 'string' && value !== '' ? options.fn(this) : options.inverse(this);
});

/**
 * "Mustache template parameters" of SignalWire's docs. Which engine SignalWire runs is not documented. Names are
 * case-sensitive, and a missing one is empty.
 *
 * @throws {InvalidBinError} "Contents" of a cXML script must be valid XML and valid Mustache
 *   (https://signalwire.com/docs/compatibility-api/rest/cxml-scripts)
 */
export function binTemplate(contents: string): BinTemplate {
  try {
    parseXml(contents);
    const fill = engine.compile(Handlebars.parse(contents), { data: false, knownHelpers });
    return (params) => fill(Object.assign(Object.create(null) as object, params));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidBinError(`The contents are no XML or no Mustache: ${reason}`, { cause });
  }
}
