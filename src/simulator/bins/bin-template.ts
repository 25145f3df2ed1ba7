import Mustache from 'mustache';
import type { Params } from '../laml/update-params.js';
import { parseXml } from '../documents/document.js';

/** Renders a bin with the parameters of a request. */
export type BinTemplate = (params: Params) => string;

/** The contents are not valid XML or not valid Mustache. The message includes the parser's error. */
export class InvalidBinError extends Error {
  override readonly name = 'InvalidBinError';
}

/**
 * Compiles a bin: "Mustache template parameters" in SignalWire's docs, which do not name the engine. Parameter names
 * are case-sensitive; a missing parameter renders as nothing.
 *
 * @throws {InvalidBinError} the docs require valid XML and valid Mustache
 *   (https://signalwire.com/docs/compatibility-api/rest/cxml-scripts)
 */
export function binTemplate(contents: string): BinTemplate {
  try {
    parseXml(contents);
    Mustache.parse(contents);
    // Without a prototype, `{{constructor}}` renders as nothing, like any unknown name.
    return (params) => Mustache.render(contents, Object.assign(Object.create(null), params));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidBinError(`The contents are not valid XML or not valid Mustache: ${reason}`, { cause });
  }
}
