import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ApiKeys } from '../../access/api-keys.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { PROBLEMS } from '../../problems/catalogue.js';
import { Cancellations } from '../../queue/cancellations.js';
import { ChangeFeed } from '../../queue/changes/change-feed.js';
import type { Change, ChangeListener } from '../../queue/changes/change-feed.js';
import { MOST_CHANGES } from '../../queue/changes/changes.js';
import { answeredInTime } from '../../queue/connections/answered-in-time.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import { CancellationViews } from '../cancellation-views.js';
import type { Interest } from './interest.js';
import { LatestStates } from './latest-states.js';
import { Reader } from './reader.js';
import { eventOf, gapAt } from './stream-event.js';
import type { StreamEvent } from './stream-event.js';

const MOST_READERS = 200;
const HEARTBEAT_MS = 15_000;

/** How many missed changes are read at once. */
const PAGE = 100;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx would hold events back.
  'x-accel-buffering': 'no',
};

/** Where a stream begins. */
interface Start {
  /** The last change before the stream is live. */
  readonly position: string;
  /** The first changes that the client has missed; null if they are not kept any more. */
  readonly missed: readonly Change[] | null;
}

const tooManyReaders = (): ApiError =>
  new ApiError(
    PROBLEMS.too_many_readers,
    `${MOST_READERS} readers are connected to this process already; ask again later`,
  );

/** Sends cancellations to readers as they change, as Server-Sent Events. Each change is read once for all of them. */
@Injectable()
export class EventStreams implements ChangeListener, OnModuleDestroy {
  private readonly readers = new Set<Reader>();
  private readonly states = new LatestStates((changes) => this.publish(changes));
  private heartbeat: NodeJS.Timeout | undefined;
  private isClosing = false;

  constructor(
    private readonly feed: ChangeFeed,
    private readonly connection: ApiConnection,
    private readonly cancellations: Cancellations,
    private readonly views: CancellationViews,
    private readonly keys: ApiKeys,
  ) {}

  /** While the process stops, readers go to another one. */
  onModuleDestroy(): void {
    this.isClosing = true;
    for (const reader of this.readers) reader.end();
  }

  /**
   * @param lastEventId where an earlier stream broke off
   * @throws {ApiError} `too_many_readers`
   * @throws {ApiError} `queue_unavailable`
   */
  async open(reply: FastifyReply, interest: Interest, lastEventId: string | null = null): Promise<void> {
    const { caller } = interest;
    const reader = new Reader(interest, {
      isAllowed: () => caller === null || this.keys.isCurrent(caller),
      disconnect: () => reply.raw.destroy(),
    });
    this.add(reader);
    try {
      const start = await answeredInTime(this.connection, () => this.startOf(interest, lastEventId));
      if (reply.raw.destroyed) return this.remove(reader);
      reply.raw.once('close', () => this.remove(reader));
      if (this.isClosing) reader.end();
      void reply.headers(HEADERS).send(reader.stream);
      this.begin(reader, start).catch(() => reply.raw.destroy());
    } catch (error) {
      this.remove(reader);
      throw error;
    }
  }

  /** Whether nothing has happened to the cancellation since the event. False if that is not known any more. */
  async hasSeenAll(id: string, lastEventId: string): Promise<boolean> {
    const changes = await answeredInTime(this.connection, async () =>
      this.feed.between(lastEventId, await this.feed.subscribe(this), 2 * MOST_CHANGES),
    );
    return changes !== null && changes.every((change) => change.id !== id);
  }

  onChange(change: Change): void {
    const isRead = [...this.readers].some(({ interest: { id = change.id } }) => id === change.id);
    if (isRead) this.states.add(change);
  }

  /** Who follows one cancellation gets how it stands, the others read a list. */
  onGap(position: string): void {
    for (const reader of this.readers) {
      const { id } = reader.interest;
      if (id === undefined) reader.add(gapAt(position));
      else this.states.add({ id, position });
    }
  }

  private async publish(changes: readonly Change[]): Promise<void> {
    for (const event of await this.eventsOf(changes)) for (const reader of this.readers) reader.add(event);
  }

  /** One event per cancellation that is still there, at its last change. */
  private async eventsOf(changes: readonly Change[]): Promise<StreamEvent[]> {
    const positions = new Map(changes.map(({ id, position }) => [id, position]));
    const found = await this.cancellations.findMany([...positions.keys()]);
    const shown = await this.views.ofMany(found.filter((stored) => stored !== null));
    return shown.map((cancellation) => eventOf(positions.get(cancellation.id) ?? '', cancellation));
  }

  private async startOf({ id }: Interest, lastEventId: string | null): Promise<Start> {
    const position = await this.feed.subscribe(this);
    if (id !== undefined) return { position, missed: [{ id, position }] };
    if (lastEventId === null) return { position, missed: [] };
    return { position, missed: await this.feed.between(lastEventId, position, PAGE) };
  }

  /** Sends what the client has missed, then what changes. */
  private async begin(reader: Reader, { position, missed }: Start): Promise<void> {
    let changes = missed;
    while (changes !== null && changes.length > 0 && this.readers.has(reader)) {
      for (const event of await this.eventsOf(changes)) await reader.sendMissed(event);
      const until = changes.at(-1)?.position ?? position;
      changes = until === position ? [] : await this.feed.between(until, position, PAGE);
    }
    if (changes === null) await reader.sendMissed(gapAt(position));
    reader.goLive(position);
  }

  private add(reader: Reader): void {
    if (this.readers.size >= MOST_READERS) throw tooManyReaders();
    this.readers.add(reader);
    this.heartbeat ??= setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  private remove(reader: Reader): void {
    reader.close();
    this.readers.delete(reader);
    if (this.readers.size > 0) return;
    this.states.clear();
    clearInterval(this.heartbeat);
    this.heartbeat = undefined;
  }

  private beat(): void {
    for (const reader of this.readers) reader.beat();
  }
}
