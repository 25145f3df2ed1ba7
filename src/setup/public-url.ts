import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { PING_PATH, pingAnswer } from '../links/ping.js';
import { isPrivateHost } from '../platform/http/private-host.js';
import { failed, ok, warning } from './check.js';
import type { Finding } from './check.js';

/** SignalWire waits 2 s for the connection of a document, and not much longer for the document. */
const TIMEOUT_MS = 5000;

/** The codes of Node's TLS errors begin so (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const CERTIFICATE = /CERT|SELF_SIGNED|ISSUER|ALTNAME/;

/**
 * Whether SignalWire can fetch documents at `base`: its name resolves, to public addresses, its certificate is valid, and it
 * leads to this deployment with path and query intact. What this process sees may differ from what SignalWire sees.
 *
 * @param variable for the advice: `PUBLIC_URL` or `FALLBACK_URL`
 * @param isSimulated every space has a private address itself, so it may reach others
 */
export async function checkPublicUrl(
  base: string,
  secret: string,
  variable: string,
  isSimulated: boolean,
): Promise<Finding> {
  const { hostname, protocol } = new URL(base);
  const addresses = await addressesOf(hostname);
  if (addresses.length === 0)
    return failed(`${hostname} does not resolve`, `correct the host in ${variable}, or its DNS record`);
  const unreachable = addresses.filter(isPrivateHost);
  if (unreachable.length > 0 && !isSimulated)
    return failed(
      `${hostname} is ${unreachable.join(', ')}, which is not a public address`,
      `set ${variable} to an address that SignalWire can reach`,
    );
  const finding = await ping(base, secret, variable);
  return finding.status === 'ok' && protocol === 'http:' && !isSimulated
    ? warning(
        'it is reached by plain http, so links and documents travel in the clear',
        `use https in ${variable}`,
      )
    : finding;
}

/** Empty if the name does not resolve. */
async function addressesOf(hostname: string): Promise<string[]> {
  const found = await lookup(hostname.replaceAll(/[[\]]/g, ''), { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

async function ping(base: string, secret: string, variable: string): Promise<Finding> {
  const path = `${PING_PATH}/${randomUUID()}`;
  const query = `?check=${randomUUID()}`;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(base + path + query, { signal, redirect: 'manual' });
    const text = answer.status === 200 ? (await answer.text()).trim() : '';
    if (text === pingAnswer(path + query, secret)) return ok('it leads to this deployment');
    return text === pingAnswer(path, secret)
      ? failed(
          'it leads to this deployment, but without the query of the request',
          'have the proxy pass the query on: signatures cover it',
        )
      : failed(
          `it leads somewhere else, which answered ${answer.status}`,
          `have ${variable} lead to PUBLIC_PORT of processes with the role documents and the same LINK_SECRET; a proxy ` +
            'must remove the path prefix of the variable, and no other',
        );
  } catch (error) {
    return unreachable(error as Error, variable);
  }
}

function unreachable(error: Error, variable: string): Finding {
  const { code = '', message } = (error.cause ?? error) as Error & { code?: string };
  if (CERTIFICATE.test(code))
    return failed(
      `its certificate is not valid: ${message}`,
      'use a certificate of a public authority for this host, with its whole chain',
    );
  const reason = error.name === 'TimeoutError' ? `no answer within ${TIMEOUT_MS} ms` : message || code;
  return failed(
    `it could not be reached from here: ${reason}`,
    `start the role documents and the proxy or tunnel of ${variable}; if only this process cannot reach it, check from elsewhere`,
  );
}
