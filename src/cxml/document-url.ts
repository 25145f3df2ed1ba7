/** The values of the placeholders in a document URL. */
export interface DocumentUrlValues {
  readonly streamName: string;
  readonly callSid: string;
}

const PLACEHOLDER = /\{(streamName|callSid)\}/g;

/**
 * No placeholder in the authority: its value would choose the host. And a host in ASCII without escapes: programs
 * differ in what they make of `docs%2eexample.com` and `docs。example.com`.
 */
const FORM = /^https?:\/\/(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?(?:[/?#][^\s]*)?$/i;

export const MAX_DOCUMENT_URL_LENGTH = 2048;

/** Whether `documentUrlFor` can turn it into an absolute http or https URL. */
export function isDocumentUrl(template: unknown): template is string {
  if (typeof template !== 'string' || template.length > MAX_DOCUMENT_URL_LENGTH) return false;
  const filled = template.replaceAll(PLACEHOLDER, 'x');
  return FORM.test(template) && !/[{}]/.test(filled) && URL.canParse(filled);
}

/**
 * The document's address for one stream, as `URL` writes it, so that SignalWire asks the host that was checked, with
 * `{streamName}` and `{callSid}` percent-encoded (RFC 3986): `+` becomes `%2B` and a space `%20`. The form that carries
 * the address to SignalWire encodes it again. The server decodes every value to what it was, except where
 * `unfitAddress` gives a reason.
 */
export const documentUrlFor = (template: string, values: DocumentUrlValues): string =>
  new URL(filledIn(template, values)).href;

const filledIn = (template: string, values: DocumentUrlValues): string =>
  template.replaceAll(PLACEHOLDER, (_, name: keyof DocumentUrlValues) => encodeURIComponent(values[name]));

/** SignalWire documents no limit. Servers and proxies accept 4 kB or more. */
const MAX_FILLED_LENGTH = 4096;

/** URL parsers resolve these away (https://url.spec.whatwg.org/#double-dot-path-segment). */
const DOT_SEGMENT = /[/\\](?:\.|%2e){1,2}(?![^/\\])/gi;

/** Why these values do not give a usable address; null if they do. The reason quotes no value. */
export function unfitAddress(template: string, values: DocumentUrlValues): string | null {
  const filled = filledIn(template, values);
  if (new URL(filled).href.length > MAX_FILLED_LENGTH)
    return `it makes the document's address longer than ${MAX_FILLED_LENGTH} characters`;
  const plain = filledIn(template, { streamName: 'x', callSid: 'x' });
  return dotSegmentsOf(filled) > dotSegmentsOf(plain)
    ? "it makes a segment . or .. of the path of the document's address, which would then be another one"
    : null;
}

const dotSegmentsOf = (url: string): number => url.replace(/[?#].*/s, '').match(DOT_SEGMENT)?.length ?? 0;
