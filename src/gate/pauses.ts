import type { RedisClient } from '../platform/redis/connection/client.js';
import { pausesKey } from './gate-keys.js';

/** The field of a pause of all projects. No project has such a name. */
export const EVERYTHING = '*';

/** Who paused the sending, and when. */
export interface Pause {
  /** The name of the API key; null where none is required. */
  readonly by: string | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What operators have paused: one project, or `EVERYTHING`. */
export class Pauses {
  private readonly key: string;

  constructor(
    private readonly redis: RedisClient,
    prefix: string,
  ) {
    this.key = pausesKey(prefix);
  }

  /** @returns false if it was paused already; who paused it first stays */
  async pause(scope: string, pause: Pause): Promise<boolean> {
    return (await this.redis.hsetnx(this.key, scope, JSON.stringify(pause))) === 1;
  }

  /** @returns false if it was not paused */
  async resume(scope: string): Promise<boolean> {
    return (await this.redis.hdel(this.key, scope)) === 1;
  }

  /** By project, or `EVERYTHING`. */
  async all(): Promise<ReadonlyMap<string, Pause>> {
    const kept = await this.redis.hgetall(this.key);
    return new Map(Object.entries(kept).map(([scope, pause]) => [scope, JSON.parse(pause) as Pause]));
  }
}
