import { documentUrlFor } from './document-url.js';

/** A host that a request may name, in its `documentUrl` or its `callbackUrl`. */
export interface DocumentHost {
  /** As `URL` normalizes it: lower case, Punycode, no leading zeros. */
  readonly hostname: string;
  /** Null for the default port of the URL's scheme. */
  readonly port: number | null;
}

export const DOCUMENT_HOSTS_FORM =
  'hosts of the form host or host:port, separated by commas, such as docs.example.com,10.0.0.7:8080; without wildcards';

const ENTRY = /^[^\s/?#@\\*,%]+$/;

/** Null if any entry is not a host. */
export function parseDocumentHosts(text: string): DocumentHost[] | null {
  const hosts = text.split(',').map((entry) => parseHost(entry.trim()));
  return hosts.every((host) => host !== null) ? hosts : null;
}

function parseHost(entry: string): DocumentHost | null {
  // URL drops a trailing colon and the scheme's default port, so the port is read from the text.
  if (!ENTRY.test(entry) || entry.endsWith(':') || !URL.canParse(`http://${entry}`)) return null;
  const port = /:(\d+)$/.exec(entry)?.[1];
  return { hostname: new URL(`http://${entry}`).hostname, port: port === undefined ? null : Number(port) };
}

/**
 * Why a request may not name this document; null if it may.
 *
 * @param documentUrl one for which `isDocumentUrl` holds, so that its host has no placeholder
 * @param hosts undefined if `DOCUMENT_HOSTS` is not set
 */
export function documentHostFault(
  documentUrl: string,
  hosts: readonly DocumentHost[] | undefined,
): string | null {
  if (hosts === undefined)
    return 'documentUrl is not taken here: DOCUMENT_HOSTS, the variable that says which hosts are allowed, is not set';
  const url = new URL(documentUrlFor(documentUrl, { streamName: 'x', callSid: 'x' }));
  return isAllowedHost(url, hosts)
    ? null
    : 'documentUrl must lead to one of the hosts that DOCUMENT_HOSTS allows';
}

/** Whether an http or https URL leads to one of the hosts. */
export function isAllowedHost({ hostname, port, protocol }: URL, hosts: readonly DocumentHost[]): boolean {
  const defaultPort = protocol === 'https:' ? 443 : 80;
  const actualPort = port === '' ? defaultPort : Number(port);
  return hosts.some((host) => host.hostname === hostname && (host.port ?? defaultPort) === actualPort);
}
