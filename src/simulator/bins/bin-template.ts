import Mustache from 'mustache';
import type { Params } from '../laml/update-params.js';
import { parseXml } from '../documents/document.js';

/** Renders the contents of a bin with the parameters of a request. */
export type BinTemplate = (params: Params) => string;

/** The contents are not XML or not Mustache; the message says which and where. */
export class InvalidBinError extends Error {
  override readonly name = 'InvalidBinError';
}

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
    Mustache.parse(contents);
    // Without a prototype, `{{constructor}}` is as empty as any other unknown name.
    return (params) => Mustache.render(contents, Object.assign(Object.create(null), params));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidBinError(`The contents are not XML or not Mustache: ${reason}`, { cause });
  }
}
