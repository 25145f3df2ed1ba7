import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { defineScript } from '../../platform/redis/script.js';
import type { Script } from '../../platform/redis/script.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import { Cancellations } from '../cancellations.js';
import { QUEUE_REDIS } from '../tokens.js';
import { matchesIn, placesIn } from './chunk-matches.js';
import { chunkOf, Chunks } from './chunks.js';
import type { Chunk } from './chunks.js';
import type { ListFilter } from './filter.js';
import { CHUNK, listKey } from './layout.js';
import { DROP } from './listing.lua.js';
import { listedForMs, Listing } from './listing.js';
import { FIXED_TERMS, LISTED, STATUS_TERMS } from './terms.js';

/** How many unfinished entries one round looks at, besides those that seem to run. */
const LOOKED_AT = 100;

const RUNNING: ListFilter = { status: ['running'] };
const UNFINISHED: ListFilter = { status: ['queued', 'running', 'retrying'] };

const COLUMNS = ['ids', 'times', 'chosen', ...FIXED_TERMS];

/** Repairs the list after crashes, and drops what nobody needs any more. */
@Injectable()
export class ListKeeper {
  private readonly dropScript: Script<null>;
  /** The places that seemed to run in the last round. */
  private running: ReadonlySet<number> = new Set();
  /** Where the walk through the unfinished entries goes on. */
  private walkedTo = 0;

  constructor(
    @Inject(QUEUE_REDIS) redis: Redis,
    private readonly chunks: Chunks,
    private readonly cancellations: Cancellations,
    private readonly listing: Listing,
    private readonly clock: SharedClock,
    private readonly environment: ServiceEnvironment,
  ) {
    this.dropScript = defineScript(redis, 'streamstopDropChunk', DROP);
  }

  async apply(): Promise<void> {
    const chunks = await this.chunks.all();
    await this.repairRunning(chunks);
    await this.repairSome(chunks);
    await this.dropOldest(chunks);
  }

  /** A worker that dies between a step and its note leaves an entry that seems to run for ever. */
  private async repairRunning(chunks: readonly Chunk[]): Promise<void> {
    const running = (await Promise.all(chunks.map((chunk) => this.places(chunk, RUNNING)))).flat();
    await this.repair(running.filter((place) => this.running.has(place)));
    this.running = new Set(running);
  }

  /** Walks in circles through what is unfinished: a full Redis refuses notes as well. */
  private async repairSome(chunks: readonly Chunk[]): Promise<void> {
    const chunk = chunks.find(({ number }) => (number + 1) * CHUNK > this.walkedTo);
    if (chunk === undefined) {
      this.walkedTo = 0;
      return;
    }
    const oldestFirst = (await this.places(chunk, UNFINISHED)).toReversed();
    const places = oldestFirst.filter((place) => place >= this.walkedTo).slice(0, LOOKED_AT);
    await this.repair(places);
    this.walkedTo = places.length < LOOKED_AT ? (chunk.number + 1) * CHUNK : (places.at(-1) ?? 0) + 1;
  }

  /** Entries without a job stay until their chunk goes: the job may be about to be added. */
  private async repair(places: readonly number[]): Promise<void> {
    for (const chunk of new Set(places.map(chunkOf))) {
      const inChunk = places.filter((place) => chunkOf(place) === chunk);
      const found = await this.cancellations.findMany(await this.chunks.idsAt(inChunk));
      await Promise.all(
        found.map(async (stored, at) => {
          if (stored === null || stored.data.place !== inChunk[at]) return;
          // Nobody has been told of an end that the list does not know.
          await this.listing.write(stored, stored.finishedAt === null ? '' : stored.id);
        }),
      );
    }
  }

  /** Drops the oldest chunk once all of its cancellations are gone. */
  private async dropOldest([oldest, next]: readonly Chunk[]): Promise<void> {
    if (oldest === undefined || next === undefined) return;
    const isOver = next.from < this.clock.now() - listedForMs(this.environment.RETENTION_HOURS);
    if (!isOver && (await this.places(oldest, {})).length > 0) return;
    await this.dropScript([listKey(this.environment.QUEUE_PREFIX)], oldest.number, ...COLUMNS);
  }

  private async places({ number }: Chunk, filter: ListFilter): Promise<number[]> {
    const columns = await this.chunks.columns(number, [LISTED, ...STATUS_TERMS]);
    return [...placesIn(matchesIn(columns, filter, null))].map((place) => number * CHUNK + place);
  }
}
