import { EnvHttpProxyAgent, Pool } from 'undici';
import type { Dispatcher } from 'undici';
import type { Proxies } from '../config/proxy.environment.js';
import { resettingConnector } from './resetting-connector.js';
import { withoutInterim } from './without-interim.js';

/** A Call object is about 2 kB. */
export const MAX_ANSWER_BYTES = 65_536;
const KEEP_ALIVE_MS = 60_000;

/** One connection pool per space, made on first use. */
export class SpacePools {
  private readonly byOrigin = new Map<string, Dispatcher>();
  private isClosed = false;

  /**
   * @param connections per space, at most
   * @param connectTimeoutMs after which a connection that is not made frees its place
   */
  constructor(
    private readonly connections: number,
    private readonly connectTimeoutMs: number,
    private readonly proxies: Proxies,
  ) {}

  /** @throws {Error} after `destroy` */
  of(origin: string): Dispatcher {
    const known = this.byOrigin.get(origin);
    if (known !== undefined) return known;
    if (this.isClosed) throw new Error('the client is closed');
    const timeout = this.connectTimeoutMs;
    const connector = resettingConnector(timeout);
    const pool = new EnvHttpProxyAgent({
      ...this.proxies,
      connections: this.connections,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxResponseSize: MAX_ANSWER_BYTES,
      proxyTls: { timeout },
      requestTls: { timeout },
      // `connect` is the proxy's own; without a proxy there is none.
      factory: (url, { connect, ...options }: Pool.Options) =>
        new Pool(url, {
          ...options,
          connect: withoutInterim(typeof connect === 'function' ? connect : connector),
        }),
    });
    this.byOrigin.set(origin, pool);
    return pool;
  }

  /** Closes the pools of all other spaces, once their requests have ended. */
  async keepOnly(origins: ReadonlySet<string>): Promise<void> {
    const gone = [...this.byOrigin].filter(([origin]) => !origins.has(origin));
    for (const [origin] of gone) this.byOrigin.delete(origin);
    await Promise.all(gone.map(([, pool]) => pool.close()));
  }

  /** Aborts the requests under way, and takes no more. */
  async destroy(): Promise<void> {
    this.isClosed = true;
    const pools = [...this.byOrigin.values()];
    this.byOrigin.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}
