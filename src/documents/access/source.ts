import { isIPv6 } from 'node:net';

/** An IPv4 address that an IPv6 socket saw, as `URL` writes it (RFC 4291, section 2.5.5.2). */
const MAPPED_IPV4 = /^::ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}$/;

/**
 * Who an address stands for: an IPv4 address for itself, an IPv6 one for its /64, of which a single host has all the
 * addresses (RFC 6177). A text that is no address stands for itself, and so does the lack of one, which is what a connection
 * that broke off has.
 */
export function sourceOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const bare = address.replace(/%.*/s, '');
  if (!isIPv6(bare)) return address;
  const canonical = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  if (MAPPED_IPV4.test(canonical)) return ipv4Of(canonical);
  const [head = '', tail] = canonical.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  return `${[...front, ...zeros, ...back].slice(0, 4).join(':')}::/64`;
}

function ipv4Of(mapped: string): string {
  const groups = mapped.split(':').slice(-2);
  return groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}
