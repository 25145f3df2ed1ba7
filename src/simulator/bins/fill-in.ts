import type { Params } from '../laml/update-params.js';

const VARIABLE = /\{\{\s*([\w.-]+)\s*\}\}/g;

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * `contents` with each `{{Name}}` replaced by that parameter, escaped, or by nothing where there is none: "Mustache
 * template parameters" of SignalWire's docs. Names are case-sensitive. Which engine SignalWire runs is not documented,
 * so that nothing else of Mustache is done here.
 */
export const fillIn = (contents: string, params: Params): string =>
  contents.replaceAll(VARIABLE, (_, name: string) =>
    (Object.hasOwn(params, name) ? (params[name] ?? '') : '').replaceAll(
      /[&<>"']/g,
      (character) => ESCAPED[character] ?? '',
    ),
  );
