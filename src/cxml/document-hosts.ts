import { InvalidBodyError } from '../platform/http/invalid-body.error.js';
import { documentUrlFor } from './document-url.js';

/** A host that a request may name in its `documentUrl`. */
export interface DocumentHost {
  /** As `URL` writes it: in lower case, punycode and without leading zeros. */
  readonly hostname: string;
  /** Null for that of the URL's scheme. */
  readonly port: number | null;
}

export const DOCUMENT_HOSTS_FORM =
  'hosts of the form host or host:port, separated by commas, such as docs.example.com,10.0.0.7:8080; without wildcards';

const ENTRY = /^[^\s/?#@\\*,%]+$/;

/** Null where one of them is no host. */
export function parseDocumentHosts(text: string): DocumentHost[] | null {
  const hosts = text.split(',').map((entry) => parseHost(entry.trim()));
  return hosts.every((host) => host !== null) ? hosts : null;
}

function parseHost(entry: string): DocumentHost | null {
  // Both the scheme's own port and a colon with nothing behind it would vanish in a URL.
  if (!ENTRY.test(entry) || entry.endsWith(':') || !URL.canParse(`http://${entry}`)) return null;
  const port = /:(\d+)$/.exec(entry)?.[1];
  return { hostname: new URL(`http://${entry}`).hostname, port: port === undefined ? null : Number(port) };
}

/**
 * @param documentUrl `isDocumentUrl` holds of it, so that its host has no placeholder
 * @throws {InvalidBodyError} its host is none of `hosts`
 */
export function requireAllowed(documentUrl: string, hosts: readonly DocumentHost[] | undefined): void {
  if (hosts !== undefined && isAllowed(documentUrl, hosts)) return;
  const fault =
    hosts === undefined
      ? 'documentUrl is not taken here: DOCUMENT_HOSTS, the variable that says which hosts are allowed, is not set'
      : 'documentUrl must lead to one of the hosts that DOCUMENT_HOSTS allows';
  throw new InvalidBodyError([{ field: 'documentUrl', message: fault }]);
}

function isAllowed(documentUrl: string, hosts: readonly DocumentHost[]): boolean {
  const { hostname, port, protocol } = new URL(
    documentUrlFor(documentUrl, { streamName: 'x', callSid: 'x' }),
  );
  const usual = protocol === 'https:' ? 443 : 80;
  const actual = port === '' ? usual : Number(port);
  return hosts.some((host) => host.hostname === hostname && (host.port ?? usual) === actual);
}
