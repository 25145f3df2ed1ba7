import { Injectable } from '@nestjs/common';
import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { Cancellations } from '../cancellations.js';
import { columnsFor, countIn, matchesIn, placesIn } from './chunk-matches.js';
import { chunkOf, Chunks } from './chunks.js';
import { isMatch } from './filter.js';
import type { ListFilter } from './filter.js';
import { CHUNK } from './layout.js';

/** A page, the newest first. */
export interface Page {
  readonly items: readonly StoredCancellation[];
  /** Where the next page starts; null if this is the last one. */
  readonly next: number | null;
}

export interface Newest {
  readonly items: readonly StoredCancellation[];
  /** Whether no others match. */
  readonly isAll: boolean;
}

/** Where the first page starts. */
export const NEWEST = Number.MAX_SAFE_INTEGER;

/** How many chunks are read at once, after the first one had too few matches. */
const CHUNKS_AT_ONCE = 4;

/** How many jobs that do not match any more one page reads at most. It is short rather than slow. */
const MOST_PASSED_OVER = 1000;

/** How far the clocks of two API processes may be apart before they have asked Redis for its own. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Finds cancellations by what the list tells, and reads their jobs. */
@Injectable()
export class Lists {
  constructor(
    private readonly chunks: Chunks,
    private readonly cancellations: Cancellations,
  ) {}

  /** @param before only places before this one: `NEWEST`, or `next` of the page before */
  async page(filter: ListFilter, before: number, limit: number): Promise<Page> {
    const items: StoredCancellation[] = [];
    const places = this.places(filter, before);
    let passedOver = 0;
    for (;;) {
      const slice = await take(places, limit - items.length);
      if (slice.length === 0) return { items, next: null };
      const found = await this.read(slice, filter);
      items.push(...found);
      passedOver += slice.length - found.length;
      if (items.length < limit && passedOver <= MOST_PASSED_OVER) continue;
      const isLast = (await take(places, 1)).length === 0;
      return { items, next: isLast ? null : (slice.at(-1) ?? 0) };
    }
  }

  /** The newest `most` that match, however many entries have no job or have changed. */
  async newest(filter: ListFilter, most: number): Promise<Newest> {
    const items: StoredCancellation[] = [];
    let before: number | null = NEWEST;
    while (before !== null && items.length < most) {
      const page: Page = await this.page(filter, before, most - items.length);
      items.push(...page.items);
      before = page.next;
    }
    return { items, isAll: before === null };
  }

  /** How many match, as far as the list tells. */
  async count(filter: ListFilter): Promise<number> {
    let count = 0;
    for await (const { bits } of this.matches(filter, NEWEST)) count += countIn(bits);
    return count;
  }

  /** The cancellations at these places that still match. A job may be gone, or not added yet. */
  private async read(places: readonly number[], filter: ListFilter): Promise<StoredCancellation[]> {
    const found = await this.cancellations.findMany(await this.chunks.idsAt(places));
    return found.filter(
      // A request that was repeated after an error has entered its cancellation twice; the job knows which entry is its
      // own.
      (stored, at): stored is StoredCancellation =>
        stored !== null && stored.data.place === places[at] && isMatch(stored, filter),
    );
  }

  /** Where what matches is, the newest first. */
  private async *places(filter: ListFilter, before: number): AsyncGenerator<number> {
    for await (const { chunk, bits } of this.matches(filter, before))
      for (const at of placesIn(bits, before - chunk * CHUNK)) yield chunk * CHUNK + at;
  }

  /** What matches, chunk by chunk, the newest first. */
  private async *matches(
    filter: ListFilter,
    before: number,
  ): AsyncGenerator<{ readonly chunk: number; readonly bits: Uint8Array }> {
    const ofCall = filter.callSid === undefined ? null : await this.chunks.placesOf(filter.callSid);
    const chunks = (await this.inTime(filter)).filter(
      ({ chunk }) => chunk * CHUNK < before && (ofCall?.some((place) => chunkOf(place) === chunk) ?? true),
    );
    for (let start = 0, size = 1; start < chunks.length; start += size, size = CHUNKS_AT_ONCE) {
      const together = chunks.slice(start, start + size);
      const columns = await Promise.all(
        together.map(({ chunk, open }) => this.chunks.columns(chunk, columnsFor(open))),
      );
      for (const [at, { chunk, open }] of together.entries()) {
        const only = ofCall?.filter((place) => chunkOf(place) === chunk).map((place) => place % CHUNK);
        yield { chunk, bits: matchesIn(columns[at] ?? new Map(), open, only ?? null) };
      }
    }
  }

  /**
   * The chunks that may have cancellations of the filter's time, the newest first, and what is open to be tested in
   * each.
   */
  private async inTime(filter: ListFilter): Promise<{ readonly chunk: number; readonly open: ListFilter }[]> {
    const { createdAfter = -Infinity, createdBefore = Infinity, ...timeless } = filter;
    const chunks = await this.chunks.all();
    return chunks
      .map(({ number, from }, at) => ({
        chunk: number,
        earliest: from - CLOCK_TOLERANCE_MS,
        latest: (chunks[at + 1]?.from ?? Infinity) + CLOCK_TOLERANCE_MS,
      }))
      .filter(({ earliest, latest }) => earliest <= createdBefore && latest >= createdAfter)
      .map(({ chunk, earliest, latest }) => ({
        chunk,
        // The times of a chunk take longer to read than all of its terms.
        open: earliest >= createdAfter && latest <= createdBefore ? timeless : filter,
      }))
      .toReversed();
  }
}

/** The next `count` of what is left. */
async function take<T>(iterator: AsyncIterator<T, undefined>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = await iterator.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}
