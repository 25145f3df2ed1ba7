import ipaddr from 'ipaddr.js';

const PUBLIC_RANGE = 'unicast';

/** All IPv6 addresses that are on the Internet (https://www.iana.org/assignments/ipv6-address-space). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

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
  return ipaddr.isValid(bare) ? !isPublic(ipaddr.process(bare)) : PRIVATE_NAME.test(bare);
}

const isPublic = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean =>
  address.range() === PUBLIC_RANGE && (address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST));

/** Whether an address is on the Internet, as far as `isPrivateHost` can tell, and reached by https. */
export const isPublicHttps = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' && !isPrivateHost(hostname);
