import ipaddr from 'ipaddr.js';
import { InvalidEnvironmentError } from './environment.js';
import type { ServiceEnvironment } from './service.environment.js';

const PUBLIC_RANGE = 'unicast';
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|lan|home\.arpa)$|^[^.]+$/i;

/**
 * Refuses addresses at which SignalWire cannot fetch documents: its update would take the document of a call away and put none in
 * its place, so that the caller is dropped. A space that is local itself, such as a simulator, may use local addresses.
 *
 * @param spaceUrls of all projects
 * @throws {InvalidEnvironmentError}
 */
export function refuseLocalDocuments(
  { PUBLIC_URL, FALLBACK_URL, ALLOW_PRIVATE_PUBLIC_URL }: ServiceEnvironment,
  spaceUrls: readonly string[],
): void {
  if (ALLOW_PRIVATE_PUBLIC_URL || spaceUrls.every(isLocal)) return;
  const faults = Object.entries({ PUBLIC_URL, FALLBACK_URL }).flatMap(([name, url]) =>
    url !== undefined && isLocal(url)
      ? [
          `${name} must be a public https address, because SignalWire fetches documents there; ` +
            'ALLOW_PRIVATE_PUBLIC_URL=true if it can be reached all the same',
        ]
      : [],
  );
  if (faults.length > 0) throw new InvalidEnvironmentError(faults);
}

/** Whether a URL has plain http, or a host that is loopback, private, link-local or otherwise not on the Internet. */
export function isLocal(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  // `URL` brings IPv4 addresses of any notation into their usual form.
  const host = hostname.replace(/^\[|\]$|\.$/g, '');
  if (protocol === 'http:') return true;
  if (!ipaddr.isValid(host)) return LOCAL_NAME.test(host);
  return ipaddr.process(host).range() !== PUBLIC_RANGE;
}
