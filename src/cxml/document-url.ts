/** What `DOCUMENT_URL` may have filled in. */
export interface DocumentUrlValues {
  readonly streamName: string;
  readonly callSid: string;
}

const PLACEHOLDER = /\{(streamName|callSid)\}/g;

/** No placeholder stands in the authority, where its value would choose the host. */
const FORM = /^https?:\/\/[^/?#\\@{}\s]+(?:[/?#][^\s]*)?$/i;

export const MAX_DOCUMENT_URL_LENGTH = 2048;

/** Whether `documentUrlFor` can make an absolute http or https URL of it. */
export function isDocumentUrl(template: unknown): template is string {
  if (typeof template !== 'string' || template.length > MAX_DOCUMENT_URL_LENGTH) return false;
  const filled = template.replaceAll(PLACEHOLDER, 'x');
  return FORM.test(template) && !/[{}]/.test(filled) && URL.canParse(filled);
}

/**
 * The address of the document for one stream: `{streamName}` and `{callSid}` percent-encoded (RFC 3986), so that a `+`
 * is `%2B` and a space `%20`. A form that carries the whole encodes it once more, which is the client's part. Every name
 * comes back as it was, unless `unfitAddress` has a reason.
 */
export const documentUrlFor = (template: string, values: DocumentUrlValues): string =>
  template.replaceAll(PLACEHOLDER, (_, name: keyof DocumentUrlValues) => encodeURIComponent(values[name]));

/** What SignalWire takes is not documented; servers and proxies take 4 kB and more. */
const MAX_FILLED_LENGTH = 4096;

/** Resolved away by whoever reads the URL (https://url.spec.whatwg.org/#double-dot-path-segment). */
const DOT_SEGMENT = /[/\\](?:\.|%2e){1,2}(?![^/\\])/gi;

/** Why `documentUrlFor` makes no address of it that would do; null where it does. The sentence shows no value. */
export function unfitAddress(template: string, values: DocumentUrlValues): string | null {
  const filled = documentUrlFor(template, values);
  if (filled.length > MAX_FILLED_LENGTH)
    return `it makes the document's address longer than ${MAX_FILLED_LENGTH} characters`;
  const plain = documentUrlFor(template, { streamName: 'x', callSid: 'x' });
  return dotSegmentsOf(filled) > dotSegmentsOf(plain)
    ? "it makes a segment . or .. of the path of the document's address, which would then be another one"
    : null;
}

const dotSegmentsOf = (url: string): number => url.replace(/[?#].*/s, '').match(DOT_SEGMENT)?.length ?? 0;

const BIN_PATH = /^\/laml-bins\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/?$/i;

/**
 * The SID of the XML Bin that a document URL leads to, whose count of requests SignalWire tells
 * (https://signalwire.com/docs/compatibility-api/rest/cxml-scripts); null where it leads to anything but a bin of the
 * space at `spaceUrl`.
 */
export function binSidIn(documentUrl: string, spaceUrl: string): string | null {
  if (!URL.canParse(documentUrl) || !URL.canParse(spaceUrl)) return null;
  const { origin, pathname } = new URL(documentUrl);
  return origin === new URL(spaceUrl).origin ? (BIN_PATH.exec(pathname)?.[1] ?? null) : null;
}
