import ipaddr from 'ipaddr.js';

const PUBLIC_RANGE = 'unicast';
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|lan|home\.arpa)$|^[^.]+$/i;

/**
 * Whether a host is loopback, private, link-local or otherwise not on the Internet: an address by its range, a name by
 * its form, because looking it up would make the answer depend on DNS.
 *
 * @param host an IP address, or the `hostname` of a `URL`, which brings IPv4 addresses of any notation into their usual
 * form
 */
export function isPrivateHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$|\.$/g, '');
  return ipaddr.isValid(bare) ? ipaddr.process(bare).range() !== PUBLIC_RANGE : PRIVATE_NAME.test(bare);
}
