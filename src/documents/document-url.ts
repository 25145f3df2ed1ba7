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
 * is `%2B` and a space `%20`. A form that carries the whole encodes it once more, which is the client's part. In a
 * query every name comes back as it was; a path cannot hold the names `.` and `..`, which URLs resolve away.
 */
export const documentUrlFor = (template: string, values: DocumentUrlValues): string =>
  template.replaceAll(PLACEHOLDER, (_, name: keyof DocumentUrlValues) => encodeURIComponent(values[name]));

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
