import { Inject, Injectable } from '@nestjs/common';
import { NIL, stringify } from 'uuid';
import type { RedisClient } from '../../platform/redis/connection/client.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { QUEUE_REDIS } from '../tokens.js';
import type { Columns } from './chunk-matches.js';
import { callsKey, CHUNK, chunkKey, chunksKey, ID_BYTES } from './layout.js';

export interface Chunk {
  readonly number: number;
  /** When its first cancellation was accepted, in epoch milliseconds. */
  readonly from: number;
}

export const chunkOf = (place: number): number => Math.floor(place / CHUNK);

/** Reads the chunks of the list. */
@Injectable()
export class Chunks {
  constructor(
    @Inject(QUEUE_REDIS) private readonly redis: RedisClient,
    private readonly environment: ServiceEnvironment,
  ) {}

  /** The oldest first. */
  async all(): Promise<Chunk[]> {
    const kept = await this.redis.zrange(chunksKey(this.environment.QUEUE_PREFIX), '0', '-1', 'WITHSCORES');
    const chunks: Chunk[] = [];
    for (let at = 0; at < kept.length; at += 2)
      chunks.push({ number: Number(kept[at]), from: Number(kept[at + 1]) });
    return chunks.toSorted((one, other) => one.number - other.number);
  }

  async columns(chunk: number, names: readonly string[]): Promise<Columns> {
    const columns = await Promise.all(
      names.map(async (name) => [name, await this.redis.getBuffer(this.keyOf(chunk, name))] as const),
    );
    return new Map(columns.map(([name, value]) => [name, value ?? Buffer.alloc(0)]));
  }

  /** The id at each place; `NIL` for none. */
  idsAt(places: readonly number[]): Promise<string[]> {
    return Promise.all(
      places.map(async (place) => {
        const at = (place % CHUNK) * ID_BYTES;
        const key = this.keyOf(chunkOf(place), 'ids');
        const cell = await this.redis.getrangeBuffer(key, at, at + ID_BYTES - 1);
        return cell.length === ID_BYTES ? stringify(cell) : NIL;
      }),
    );
  }

  /** The places of a call's cancellations, and of those of a few other calls. */
  async placesOf(callSid: string): Promise<number[]> {
    const places = await this.redis.zrange(callsKey(this.environment.QUEUE_PREFIX, callSid), '0', '-1');
    return places.map(Number);
  }

  private keyOf(chunk: number, column: string): string {
    return chunkKey(this.environment.QUEUE_PREFIX, chunk, column);
  }
}
