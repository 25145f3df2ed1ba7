import { Injectable } from '@nestjs/common';
import type { InTime } from './answered-in-time.js';
import type { Cancellation } from './cancellation.js';
import type { KeyedRequest } from '../cancellation/data.js';
import { asDuplicate, Enqueueing } from './enqueueing.js';
import type { Entry } from '../queue/new-jobs.js';
import { Idempotency } from './idempotency.js';
import type { Held } from './idempotency.js';

/** What a request with a key is answered with. */
export interface Standing {
  readonly cancellation: Cancellation;
  /** The request has queued it. */
  readonly isNew: boolean;
  /** Another request with the same key came first. */
  readonly replayed: boolean;
}

/**
 * Puts the cancellations of requests with an `Idempotency-Key` into the queue, whose ids are made of the key: whether a
 * request comes first or again, it adds the job that its key stands for, and BullMQ leaves alone what is there.
 */
@Injectable()
export class KeyedEnqueueing {
  constructor(
    private readonly enqueueing: Enqueueing,
    private readonly idempotency: Idempotency,
  ) {}

  /** @throws {IdempotencyKeyReusedError} */
  async enqueue(entry: Entry, keyed: KeyedRequest, inTime: InTime): Promise<Standing> {
    const queued = await this.enqueueing.enqueue(withKey(entry, keyed), inTime);
    return this.settle(entry, keyed, queued, inTime);
  }

  /** All in one transaction, so that whichever starts first finds the others there. */
  async enqueueAll(entries: readonly Entry[], keyed: KeyedRequest, inTime: InTime): Promise<Standing[]> {
    const all = entries.map((entry) => withKey(entry, keyed));
    const queued = await this.enqueueing.enqueueAll(all, inTime);
    return Promise.all(queued.map((one, place) => this.settle(entries[place] as Entry, keyed, one, inTime)));
  }

  /**
   * All with one write, each by itself.
   *
   * @param isFirst the request is the first with its key, so that none of the ids can have been known before
   */
  async enqueueBulk(
    entries: readonly Entry[],
    keyed: KeyedRequest,
    isFirst: boolean,
    inTime: InTime,
  ): Promise<Standing[]> {
    const all = entries.map((entry) => withKey(entry, keyed));
    const queued = await this.enqueueing.enqueueBulk(all, inTime);
    return Promise.all(
      queued.map(async (cancellation, place) => {
        const entry = entries[place] as Entry;
        const isNew = isFirst && cancellation.id === entry.id;
        return isNew
          ? { cancellation, isNew, replayed: false }
          : this.settle(entry, keyed, cancellation, inTime);
      }),
    );
  }

  /**
   * The cancellation that an id stands for, as it is now.
   *
   * @throws {CancellationNotFoundError}
   */
  async standingFor(id: string, { standsFor = id }: Held): Promise<Cancellation> {
    const cancellation = await this.enqueueing.existing(standsFor);
    return standsFor === id ? cancellation : asDuplicate(cancellation);
  }

  /**
   * Requests with one key may be led elsewhere or not, when the stream's earlier cancellation ends between them: one of
   * them decides.
   *
   * @param queued what the queue answered
   */
  private async settle(
    entry: Entry,
    keyed: KeyedRequest,
    queued: Cancellation,
    inTime: InTime,
  ): Promise<Standing> {
    const { id } = entry;
    const isOwn = queued.id === id;
    const held = isOwn
      ? await this.idempotency.find(id, keyed)
      : await this.idempotency.take(id, { ...keyed, standsFor: queued.id });
    // Forgotten just now.
    if (held === null) return this.enqueue(entry, keyed, inTime);
    if (held.mark !== keyed.mark)
      return { cancellation: await this.standingFor(id, held), isNew: false, replayed: true };
    return { cancellation: isOwn ? queued : asDuplicate(queued), isNew: isOwn, replayed: false };
  }
}

const withKey = ({ id, data }: Entry, keyed: KeyedRequest): Entry => ({ id, data: { keyed, ...data } });
