import { Optional } from '../platform/validation/optional.js';
import { IsHttpUrl } from '../platform/validation/is-http-url.js';
import { TracesEnvironment } from './traces/traces.environment.js';

const IsProxyUrl = () =>
  IsHttpUrl('$property must be the http or https URL of a proxy, such as http://proxy.example.com:3128');

/** The proxy through which the service reaches SignalWire, in the variables that most programs read. */
export class ProxyEnvironment extends TracesEnvironment {
  @Optional()
  @IsProxyUrl()
  readonly HTTPS_PROXY?: string;

  @Optional()
  @IsProxyUrl()
  readonly HTTP_PROXY?: string;

  @Optional()
  readonly NO_PROXY?: string;
}

export interface Proxies {
  /** For spaces with https and with http; empty for none. */
  readonly httpsProxy: string;
  readonly httpProxy: string;
  readonly noProxy: string;
}

/** Never for this machine itself, where only a simulator can be. */
const LOOPBACK = 'localhost,127.0.0.1,[::1]';

/** As undici's `EnvHttpProxyAgent` takes them; an empty string keeps it from reading the environment itself. */
export const proxiesOf = ({ HTTPS_PROXY, HTTP_PROXY, NO_PROXY }: ProxyEnvironment): Proxies => ({
  httpsProxy: HTTPS_PROXY ?? '',
  httpProxy: HTTP_PROXY ?? '',
  noProxy: NO_PROXY?.trim() === '*' ? '*' : [LOOPBACK, NO_PROXY].filter(Boolean).join(','),
});

/** For the log: without user and password. Null where no proxy is set. */
export function shownProxies(environment: ProxyEnvironment): Record<string, string> | null {
  const { HTTPS_PROXY, HTTP_PROXY, NO_PROXY } = environment;
  if (HTTPS_PROXY === undefined && HTTP_PROXY === undefined) return null;
  return {
    ...(HTTPS_PROXY !== undefined && { HTTPS_PROXY: new URL(HTTPS_PROXY).origin }),
    ...(HTTP_PROXY !== undefined && { HTTP_PROXY: new URL(HTTP_PROXY).origin }),
    ...(NO_PROXY !== undefined && { NO_PROXY }),
  };
}
