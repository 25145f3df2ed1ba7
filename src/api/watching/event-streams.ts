import { EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { LRUCache } from 'lru-cache';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { PROBLEMS } from '../../problems/catalogue.js';
import { Cancellations } from '../../queue/cancellations.js';
import { ChangeFeed } from '../../queue/changes/change-feed.js';
import type { Change } from '../../queue/changes/change-feed.js';
import { CancellationViews } from '../cancellation-views.js';
import type { Cancellation } from '../cancellation.js';

const MOST_READERS = 200;
const HEARTBEAT_MS = 15_000;

/** A reader that takes nothing for so long is disconnected, and so is one that is behind by so many cancellations. */
const STALLED_MS = 30_000;
const MOST_PENDING = 10_000;

/** All readers see the same state after a change, so it is read once. */
const VIEWS_KEPT = 2000;

/** What a reader is interested in. */
export interface Interest {
  /** The only cancellation of the stream, which ends with it. */
  readonly id?: string;
  matches(cancellation: Cancellation): boolean;
  /** Where an earlier stream broke off. */
  readonly lastEventId?: string;
}

const tooManyReaders = (): ApiError =>
  new ApiError(
    PROBLEMS.too_many_readers,
    `${MOST_READERS} readers are connected to this process already; ask again later`,
  );

/** Sends cancellations to readers as they change, as Server-Sent Events. */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly closing = new AbortController();
  private readonly views = new LRUCache<string, Promise<Cancellation | null>>({ max: VIEWS_KEPT });
  private readers = 0;

  constructor(
    private readonly feed: ChangeFeed,
    private readonly cancellations: Cancellations,
    private readonly shown: CancellationViews,
  ) {}

  /** While the process stops, readers go to another one. */
  onModuleDestroy(): void {
    this.closing.abort();
  }

  /** @throws {ApiError} `too_many_readers` */
  open(reply: FastifyReply, interest: Interest): void {
    if (this.readers >= MOST_READERS) throw tooManyReaders();
    reply.raw.setTimeout(STALLED_MS, () => reply.raw.destroy());
    void reply
      .headers({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // nginx would hold events back.
        'x-accel-buffering': 'no',
      })
      .send(Readable.from(this.events(interest, this.track(reply)), { highWaterMark: 1 }));
  }

  /** @returns a signal that aborts when the reader disconnects, or the process stops */
  private track(reply: FastifyReply): AbortSignal {
    const gone = new AbortController();
    this.readers += 1;
    reply.raw.once('close', () => {
      this.readers -= 1;
      gone.abort();
    });
    return AbortSignal.any([gone.signal, this.closing.signal]);
  }

  /** The text of the stream. A reader that is slow skips states that are out of date. */
  private async *events(interest: Interest, over: AbortSignal): AsyncGenerator<string> {
    const arrivals = new EventEmitter();
    const pending = new Map<string, Change>();
    /** Of several changes of a cancellation, the last one counts. */
    const add = (change: Change): void => {
      pending.delete(change.id);
      pending.set(change.id, change);
    };
    const onChange = (change: Change): void => {
      if (interest.id !== undefined && change.id !== interest.id) return;
      add(change);
      arrivals.emit('change');
    };
    const position = await this.feed.subscribe(onChange);
    try {
      yield ': connected\n\n';
      const missed = await this.missed(interest, position);
      if (missed === null) yield 'event: gap\ndata: {}\n\n';
      const newer = [...pending.values()];
      for (const change of [...(missed ?? []), ...newer]) add(change);
      while (!over.aborted && pending.size <= MOST_PENDING) {
        const [change] = pending.values();
        if (change === undefined) {
          yield* this.nextArrival(arrivals, over);
          continue;
        }
        pending.delete(change.id);
        const cancellation = await this.after(change);
        if (cancellation === null) continue;
        if (interest.matches(cancellation)) yield textOf(change, cancellation);
        if (interest.id !== undefined && cancellation.finishedAt !== null) return;
      }
    } finally {
      this.feed.unsubscribe(onChange);
    }
  }

  /** What the reader has not seen; null if that is not known any more. The stream of one begins with how it stands. */
  private async missed({ id, lastEventId }: Interest, position: string): Promise<Change[] | null> {
    if (id !== undefined) return [{ id, position }];
    return lastEventId === undefined ? [] : this.feed.since(lastEventId);
  }

  /** Waits for a change, or until it is time to show that the stream still lives. */
  private async *nextArrival(arrivals: EventEmitter, over: AbortSignal): AsyncGenerator<string> {
    const signal = AbortSignal.any([over, AbortSignal.timeout(HEARTBEAT_MS)]);
    const hasChanged = await once(arrivals, 'change', { signal }).then(
      () => true,
      () => false,
    );
    if (!hasChanged && !over.aborted) yield ': still here\n\n';
  }

  private async after({ id, position }: Change): Promise<Cancellation | null> {
    const known = this.views.get(position);
    if (known !== undefined) return known;
    const view = this.read(id);
    this.views.set(position, view);
    return view;
  }

  private async read(id: string): Promise<Cancellation | null> {
    const stored = await this.cancellations.find(id);
    return stored === null ? null : ((await this.shown.ofMany([stored]))[0] ?? null);
  }
}

const textOf = ({ position }: Change, cancellation: Cancellation): string =>
  `id: ${position}\nevent: cancellation\ndata: ${JSON.stringify(cancellation)}\n\n`;
