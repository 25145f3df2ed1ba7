import { isIP } from 'node:net';

const MAX_PREFIX = new Map([
  [4, 32],
  [6, 128],
]);

/** Reads `address,address/prefix`; null where that is not its form. A prefix of 0, which trusts everyone, is none. */
export function parseTrustedProxies(text: string): string[] | null {
  const entries = text.split(',').map((entry) => entry.trim());
  return entries.every(isAddressOrRange) ? entries : null;
}

function isAddressOrRange(entry: string): boolean {
  const [, address = '', prefix] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const max = MAX_PREFIX.get(isIP(address)) ?? 0;
  return max > 0 && (prefix === undefined || (Number(prefix) >= 1 && Number(prefix) <= max));
}
