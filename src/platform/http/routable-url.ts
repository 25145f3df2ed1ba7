/**
 * A URL that the router takes, whatever the request's own is. Fastify answers one that it cannot decode by itself,
 * past hooks and filters: before a key is asked for, and as JSON even to SignalWire. Such a URL becomes one that
 * spells its percent signs out, and then leads nowhere, as any other wrong one.
 */
export function routableUrl(url: string): string {
  const local = url.startsWith('/') ? url : withoutOrigin(url);
  const isSound = !local.includes('%') || isDecodable(local.replace(/[?#].*/s, ''));
  return isSound ? local : local.replaceAll('%', '%25');
}

/** Of `http://host/path`, which a proxy may send, the path. */
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
