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
