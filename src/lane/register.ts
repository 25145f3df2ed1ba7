import { Injectable } from '@nestjs/common';
import { callKey } from '../cancellation/keys.js';
import type { NewCancellation } from '../cancellation/stored-cancellation.js';
import { ServiceEnvironment } from '../config/service.environment.js';
import { defineScript } from '../platform/redis/script.js';
import type { Script } from '../platform/redis/script.js';
import { ApiConnection } from '../queue/connections/api.connection.js';
import { wantedKey, WANTED_FOR_MS } from './lane-keys.js';
import { MAX_SHARED } from './shared-update.js';

/**
 * Adds each cancellation to the set of those that want an update of its call.
 *
 * Invariants: an entry keeps the time of its first registration, and every set expires. Costs O(log n) per entry in the
 * size of the sets.
 *
 * KEYS the set of each entry's call. ARGV how long a set lives (ms), then per entry when it was accepted, and its id.
 * Returns for each entry how many its call's set has.
 */
const REGISTER = `
local sizes = {}
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, 'NX', ARGV[2 * i], ARGV[2 * i + 1])
  redis.call('PEXPIRE', key, ARGV[1])
  sizes[i] = redis.call('ZCARD', key)
end
return sizes`;

/** A stream that was named by its SID alone is stopped beside its call's document. */
const wantsDocument = ({ data: { streamName, strategy } }: NewCancellation): boolean =>
  streamName !== null && strategy !== 'stream_resource';

/**
 * Whether a call waits for more updates than its next document carries. Those that come on top must not delay other
 * calls: most end with a document that is sent for the first ones.
 *
 * @param wanted what `add` returns
 */
export const isCrowded = (wanted: number | undefined): boolean => (wanted ?? 0) > MAX_SHARED;

/**
 * What is wanted of each call. It is registered before it is queued, so that the first run of a call sends one document
 * for all of it.
 */
@Injectable()
export class Register {
  private readonly script: Script<number[]>;
  private readonly prefix: string;

  constructor(
    private readonly connection: ApiConnection,
    { QUEUE_PREFIX }: ServiceEnvironment,
  ) {
    this.prefix = QUEUE_PREFIX;
    this.script = defineScript(connection.redis, 'streamstopRegister', REGISTER);
  }

  /**
   * An id whose job never comes is dropped by the next run of the call.
   *
   * @returns for each id, how many updates its call waits for, its own included
   */
  async add(entries: readonly NewCancellation[]): Promise<ReadonlyMap<string, number>> {
    const wanting = entries.filter(wantsDocument);
    if (wanting.length === 0) return new Map();
    const sizes = await this.script(
      wanting.map((entry) => this.keyOf(entry)),
      WANTED_FOR_MS,
      ...wanting.flatMap(({ id, data }) => [data.createdAt, id]),
    );
    return new Map(wanting.map(({ id }, index) => [id, sizes[index] ?? 0]));
  }

  /**
   * Takes back what was registered for ids that came to no job, because an earlier cancellation of the stream is
   * unfinished.
   */
  async remove(entries: readonly NewCancellation[]): Promise<void> {
    await Promise.all(entries.map((entry) => this.connection.redis.zrem(this.keyOf(entry), entry.id)));
  }

  private keyOf({ data }: NewCancellation): string {
    return wantedKey(this.prefix, callKey(data));
  }
}
