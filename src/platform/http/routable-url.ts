/**
 * A URL that the router accepts, whatever the request's own is. Fastify answers a URL that it cannot decode itself,
 * without hooks and filters: before the API key is checked, and with JSON even for SignalWire. Such a URL gets its
 * percent signs escaped, so that it becomes an ordinary unknown route.
 */
export function routableUrl(url: string): string {
  const local = url.startsWith('/') ? url : withoutOrigin(url);
  const isSound = !local.includes('%') || isDecodable(local.replace(/[?#].*/s, ''));
  return isSound ? local : local.replaceAll('%', '%25');
}

/** The path of `http://host/path`, which a proxy may send. */
function withoutOrigin(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
}

function isDecodable(path: string): boolean {
  try {
    decodeURI(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * The URL of a route, whether or not a proxy has removed the path below which it shows the server.
 *
 * @param basePath such as `/streamstop`; empty for none
 */
export function withoutBasePath(url: string, basePath: string): string {
  if (basePath === '' || !url.startsWith(basePath)) return url;
  const rest = url.slice(basePath.length);
  if (rest.startsWith('/')) return rest;
  return rest === '' || rest.startsWith('?') ? `/${rest}` : url;
}
