/** Which methods the routes of a server have. */
export class AllowedMethods {
  private readonly routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();

  /** @param url as Fastify has it, with `:parameter` and `*` */
  add(url: string, methods: readonly string[]): void {
    const route = this.routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const method of methods) route.methods.add(method);
    this.routes.set(url, route);
  }

  /**
   * In alphabetical order; empty if no route has this path.
   *
   * @param url of a request
   */
  of(url: string): string[] {
    const path = withoutEnd(url.replace(/\?.*/s, ''));
    const matching = [...this.routes.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(matching.flatMap(({ methods }) => [...methods]))].toSorted();
  }
}

function patternOf(url: string): RegExp {
  const pattern = withoutEnd(url)
    .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/:[^/]+/g, '[^/]+')
    .replaceAll('*', '.*');
  return new RegExp(`^${pattern}$`);
}

const withoutEnd = (path: string): string => path.replace(/(?<=.)\/$/, '');
