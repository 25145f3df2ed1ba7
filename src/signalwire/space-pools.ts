import { Pool } from 'undici';

/** A Call object is about 2 kB. */
export const MAX_ANSWER_BYTES = 65_536;
const KEEP_ALIVE_MS = 60_000;

/** The connections to each space that is spoken to, made when they are first needed. */
export class SpacePools {
  private readonly byOrigin = new Map<string, Pool>();
  private isClosed = false;

  /** @param connections to one space, at most */
  constructor(private readonly connections: number) {}

  /** @throws {Error} where all of them were closed for good */
  of(origin: string): Pool {
    const known = this.byOrigin.get(origin);
    if (known !== undefined) return known;
    if (this.isClosed) throw new Error('the client is closed');
    const pool = new Pool(origin, {
      connections: this.connections,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxResponseSize: MAX_ANSWER_BYTES,
    });
    this.byOrigin.set(origin, pool);
    return pool;
  }

  /** Closes the connections to all other spaces, each once the requests on it have ended. */
  async keepOnly(origins: ReadonlySet<string>): Promise<void> {
    const gone = [...this.byOrigin].filter(([origin]) => !origins.has(origin));
    for (const [origin] of gone) this.byOrigin.delete(origin);
    await Promise.all(gone.map(([, pool]) => pool.close()));
  }

  /** Breaks off what is under way, and takes no more. */
  async destroy(): Promise<void> {
    this.isClosed = true;
    const pools = [...this.byOrigin.values()];
    this.byOrigin.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
}
