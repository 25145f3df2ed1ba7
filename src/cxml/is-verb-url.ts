import { applyDecorators } from '@nestjs/common';
import { IsHttpUrl } from '../platform/validation/is-http-url.js';
import { IsXmlText, OnlyXmlCharacters } from '../platform/validation/is-xml-text.js';

export const MAX_URL_LENGTH = 2048;

/** An address in a verb: SignalWire resolves relative ones against a link that leads nowhere else. */
export const IsVerbUrl = (example: string) =>
  applyDecorators(
    OnlyXmlCharacters(),
    IsHttpUrl(`$property must be an absolute http or https URL, such as ${example}`),
    IsXmlText(1, MAX_URL_LENGTH),
  );
