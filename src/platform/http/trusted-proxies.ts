import ipaddr from 'ipaddr.js';

/** Reads `address,address/prefix`; null if an entry is not of that form, or has a prefix of 0, which trusts everybody. */
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
