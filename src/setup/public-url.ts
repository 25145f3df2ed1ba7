import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { proxiesOf } from '../config/proxy.environment.js';
import type { Proxies } from '../config/proxy.environment.js';
import type { ServiceEnvironment } from '../config/service.environment.js';
import { PING_PATH, pingAnswer } from '../links/ping.js';
import { isPrivateHost } from '../platform/outgoing/private-host.js';
import { SpacePools } from '../signalwire/space-pools.js';
import { failed, ok, warning } from './check.js';
import type { Finding } from './check.js';

/** SignalWire waits 2 s for the connection of a document, and not much longer for the document. */
const TIMEOUT_MS = 5000;

/** The codes of Node's TLS errors begin so (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const CERTIFICATE = /CERT|SELF_SIGNED|ISSUER|ALTNAME/;

/**
 * Whether SignalWire can fetch documents at `base`: its name resolves, to public addresses, its certificate is valid,
 * and it leads to this deployment with path and query intact. What this process sees may differ from what SignalWire
 * sees.
 *
 * @param variable for the advice: `PUBLIC_URL` or `FALLBACK_URL`
 * @param isSimulated every space has a private address itself, so it may reach others
 */
export async function checkPublicUrl(
  base: string,
  variable: string,
  environment: ServiceEnvironment,
  isSimulated: boolean,
): Promise<Finding> {
  const proxies = proxiesOf(environment);
  const isProxied = proxies.httpsProxy !== '' || proxies.httpProxy !== '';
  const { hostname, protocol } = new URL(base);
  const addresses = await addressesOf(hostname);
  // Behind a proxy, it may be the only one that can resolve names of the Internet.
  if (addresses.length === 0 && !isProxied)
    return failed(`${hostname} does not resolve`, `correct the host in ${variable}, or its DNS record`);
  const unreachable = addresses.filter(isPrivateHost);
  if (unreachable.length > 0 && !isSimulated)
    return failed(
      `${hostname} is ${unreachable.join(', ')}, which is not a public address`,
      `set ${variable} to an address that SignalWire can reach`,
    );
  const finding = await ping(base, variable, environment.LINK_SECRET, proxies);
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

async function ping(base: string, variable: string, secret: string, proxies: Proxies): Promise<Finding> {
  const pools = new SpacePools(1, TIMEOUT_MS, proxies);
  const path = `${PING_PATH}/${randomUUID()}`;
  const query = `?check=${randomUUID()}`;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const url = new URL(base + path + query);
    const request = { origin: url.origin, path: url.pathname + url.search, method: 'GET', signal } as const;
    const { statusCode, body } = await pools.of(url.origin).request(request);
    const text = statusCode === 200 ? (await body.text()).trim() : '';
    if (text === pingAnswer(path + query, secret)) return ok('it leads to this deployment');
    return text === pingAnswer(path, secret)
      ? failed(
          'it leads to this deployment, but without the query of the request',
          'have the proxy pass the query on: signatures cover it',
        )
      : failed(
          `it leads somewhere else, which answered ${statusCode}`,
          `have ${variable} lead to PUBLIC_PORT of processes with the role documents and the same LINK_SECRET; a proxy ` +
            'must remove the path prefix of the variable, and no other',
        );
  } catch (error) {
    return unreachable(error as Error, variable);
  } finally {
    await pools.destroy();
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
