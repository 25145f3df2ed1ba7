import { Inject, Injectable } from '@nestjs/common';
import { NIL } from 'uuid';
import type { RedisClient } from '../../platform/redis/connection/client.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { inSlices } from '../../platform/in-slices.js';
import { defineScript } from '../../platform/redis/script.js';
import type { Script } from '../../platform/redis/script.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { Cancellations } from '../cancellations.js';
import { QUEUE_REDIS } from '../tokens.js';
import { matchesIn, placesIn } from './chunk-matches.js';
import { Chunks } from './chunks.js';
import type { Chunk } from './chunks.js';
import type { ListFilter } from './filter.js';
import { CHUNK, chunksKey, listKey } from './layout.js';
import { DROP } from './listing.lua.js';
import { listedForMs, Listing } from './listing.js';
import { FINAL_TERMS, FIXED_TERMS, LISTED, STATUS_TERMS } from './terms.js';

/**
 * Some of the entries that match, the oldest first; in each round those after the ones of the round before, in circles.
 */
interface Walk {
  readonly filter: ListFilter;
  readonly mostAtOnce: number;
  /** The place where it goes on. */
  next: number;
}

/** How many jobs are read before anything else runs. */
const SLICE = 100;

const RUNNING: ListFilter = { status: ['running'] };

const COLUMNS = ['ids', 'times', 'chosen', ...FIXED_TERMS];

/** Repairs the list after crashes, and drops what nobody needs any more. */
@Injectable()
export class ListKeeper {
  private readonly dropScript: Script<null>;
  /** The places that seemed to run in the last round. */
  private running: ReadonlySet<number> = new Set();
  /** The places that had no job in the last round. */
  private jobless: ReadonlySet<number> = new Set();
  /** A full Redis refuses notes: 10,000 unfinished entries are right again within half a minute. */
  private readonly unfinished: Walk = {
    filter: { status: ['queued', 'running', 'retrying'] },
    mostAtOnce: 2500,
    next: 0,
  };
  /** The job of a finished entry does not change, but may have been removed without it. */
  private readonly finished: Walk = { filter: { status: FINAL_TERMS }, mostAtOnce: 200, next: 0 };

  constructor(
    @Inject(QUEUE_REDIS) redis: RedisClient,
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
    const unfinished = [
      ...this.jobless,
      ...(await this.stillRunning(chunks)),
      ...(await this.placesOf(this.unfinished, chunks)),
    ];
    const jobless = [
      ...(await this.repair(unfinished)),
      ...(await this.joblessAmong(await this.placesOf(this.finished, chunks))),
    ];
    await this.clearJobless([...new Set(jobless)]);
    await this.dropOldest(chunks);
  }

  /** A worker that dies between a step and its note leaves an entry that seems to run for ever. */
  private async stillRunning(chunks: readonly Chunk[]): Promise<number[]> {
    const running = (await Promise.all(chunks.map((chunk) => this.places(chunk, RUNNING)))).flat();
    const still = running.filter((place) => this.running.has(place));
    this.running = new Set(running);
    return still;
  }

  private async placesOf(walk: Walk, chunks: readonly Chunk[]): Promise<number[]> {
    const places: number[] = [];
    for (const chunk of chunks.filter(({ number }) => (number + 1) * CHUNK > walk.next)) {
      const oldestFirst = (await this.places(chunk, walk.filter)).toReversed();
      places.push(...oldestFirst.filter((place) => place >= walk.next));
      if (places.length > walk.mostAtOnce) break;
    }
    walk.next = places[walk.mostAtOnce] ?? 0;
    return places.slice(0, walk.mostAtOnce);
  }

  /**
   * Writes each entry as its job is. Nobody has been told of an end that the list does not know. What a worker has in
   * its hands it notes itself: its run may be over when this is written, and the entry would seem to run.
   *
   * @returns the places that have no job
   */
  private repair(unfinished: readonly number[]): Promise<number[]> {
    return this.joblessAmong(unfinished, async (stored) => {
      if (stored.finishedAt !== null || !stored.isActive)
        await this.listing.write(stored, stored.finishedAt === null ? '' : stored.id);
    });
  }

  /** @param onJob is given each job as soon as it is read, because it may change */
  private async joblessAmong(
    places: readonly number[],
    onJob: (stored: StoredCancellation) => Promise<void> = async () => undefined,
  ): Promise<number[]> {
    const jobless: number[] = [];
    const check = async (place: number): Promise<void> => {
      const [id = NIL] = await this.chunks.idsAt([place]);
      const stored = await this.cancellations.find(id);
      if (stored?.data.place === place) await onJob(stored);
      else jobless.push(place);
    };
    await inSlices([...new Set(places)], check, SLICE);
    return jobless;
  }

  /** The job of a new entry may be about to be added, so that it gets a round. */
  private async clearJobless(places: readonly number[]): Promise<void> {
    const [gone, fresh] = [true, false].map((wasJobless) =>
      places.filter((place) => this.jobless.has(place) === wasJobless),
    );
    await this.listing.clear(gone ?? []);
    this.jobless = new Set(fresh);
  }

  /** Drops the oldest chunk once all of its cancellations are gone. */
  private async dropOldest([oldest, next]: readonly Chunk[]): Promise<void> {
    if (oldest === undefined || next === undefined) return;
    const isOver = next.from < this.clock.now() - listedForMs(this.environment.RETENTION_HOURS);
    if (!isOver && (await this.places(oldest, {})).length > 0) return;
    const { QUEUE_PREFIX } = this.environment;
    const keys = [listKey(QUEUE_PREFIX), chunksKey(QUEUE_PREFIX)];
    await this.dropScript(keys, oldest.number, ...COLUMNS);
  }

  private async places({ number }: Chunk, filter: ListFilter): Promise<number[]> {
    const columns = await this.chunks.columns(number, [LISTED, ...STATUS_TERMS]);
    return [...placesIn(matchesIn(columns, filter, null))].map((place) => number * CHUNK + place);
  }
}
