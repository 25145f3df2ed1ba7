import { lookup as lookUp } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { isPrivateHost } from '../platform/outgoing/private-host.js';

/** A host has no address on the Internet. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';

  constructor(hostname: string) {
    super(
      `${hostname} has no public address; ALLOW_PRIVATE_CALLBACKS=true allows private, link-local and loopback addresses`,
    );
  }
}

/**
 * Makes connections to public addresses alone. Names are looked up for the connection itself, so that no name can have
 * another address when it was checked than when it is used.
 */
export function publicConnector(timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout, lookup: lookUpPublic });
  return (options, callback) => {
    const address = options.hostname.replace(/^\[|\]$/g, '');
    // Node looks up names alone.
    if (isIP(address) === 0 || !isPrivateHost(address)) connect(options, callback);
    else callback(new PrivateAddressError(address), null);
  };
}

export const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  lookUp(hostname, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(error, '');
    const [first, ...others] = found.filter(({ address }) => !isPrivateHost(address));
    if (first === undefined) return callback(new PrivateAddressError(hostname), '');
    if (options.all === true) callback(null, [first, ...others]);
    else callback(null, first.address, first.family);
  });
};
