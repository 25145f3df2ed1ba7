import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

/** An address with a port or in brackets, as some proxies write it in `X-Forwarded-For`. */
const WITH_PORT = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/;

/** How Node writes the IPv4 address of a client if the server listens on IPv6, too. */
const MAPPED = /^::ffff:(?=\d+\.)/i;

/**
 * Who is charged for a request: an IPv4 address, or the /64 of an IPv6 address, since one host has all of its addresses
 * (RFC 6177). If a proxy forwards something that is not an address, the proxy itself is charged.
 */
export const sourceOf = ({
  ip,
  socket,
}: Pick<FastifyRequest, 'ip'> & { socket: { remoteAddress?: string } }) =>
  networkOf(ip) ?? networkOf(socket.remoteAddress) ?? 'unknown';

/** The address in an entry of `X-Forwarded-For`, without port and brackets; null if there is none. */
export function addressIn(entry: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const [, bracketed, bare] = WITH_PORT.exec(entry) ?? [];
  const address = (bracketed ?? bare ?? entry).replace(MAPPED, '');
  // Not asked of `ipaddr.js`, which would throw and catch an error to say no. Nor does it know all names of zones.
  return isIP(address) === 0 ? null : ipaddr.process(address.replace(/%.*/, ''));
}

/** @param text undefined for a connection that has broken off */
function networkOf(text = ''): string | null {
  const parsed = addressIn(text);
  if (parsed === null) return null;
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const network = parsed.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}
