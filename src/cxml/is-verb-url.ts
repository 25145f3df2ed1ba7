import { IsHttpUrl } from '../platform/validation/is-http-url.js';
import { IsXmlText, OnlyXmlCharacters } from '../platform/validation/is-xml-text.js';
import { allOf } from './all-of.js';

export const MAX_URL_LENGTH = 2048;

/** An absolute URL in a verb: SignalWire would resolve a relative one against the document's own address. */
export const IsVerbUrl = (example: string) =>
  allOf(
    OnlyXmlCharacters(),
    IsHttpUrl(`$property must be an absolute http or https URL, such as ${example}`),
    IsXmlText(1, MAX_URL_LENGTH),
  );
