import ipaddr from 'ipaddr.js';
import { addressIn } from './source.js';

/**
 * Reads `address,address/prefix`; null if an entry is not of that form, or has a prefix of 0, which trusts everybody.
 */
export function parseTrustedProxies(text: string): string[] | null {
  const entries = text.split(',').map((entry) => entry.trim());
  return entries.every(isAddressOrRange) ? entries : null;
}

const isAddressOrRange = (entry: string): boolean =>
  !/%|\/0+$/.test(entry) &&
  (ipaddr.IPv4.isValidFourPartDecimal(entry) ||
    ipaddr.IPv6.isValid(entry) ||
    ipaddr.IPv4.isValidCIDRFourPartDecimal(entry) ||
    ipaddr.IPv6.isValidCIDR(entry));

/**
 * Fastify's `trustProxy`. Fastify itself takes addresses alone, so it would not trust a proxy that another one writes
 * with its port or in brackets.
 *
 * @param proxies from `parseTrustedProxies`
 */
export function trustIn(proxies: readonly string[]): (address: string) => boolean {
  const ranges = proxies.map(rangeOf);
  return (address) => {
    const parsed = addressIn(address);
    return (
      parsed !== null &&
      ranges.some(([base, bits]) => parsed.kind() === base.kind() && parsed.match(base, bits))
    );
  };
}

function rangeOf(entry: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (entry.includes('/')) return ipaddr.parseCIDR(entry);
  const address = ipaddr.process(entry);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
