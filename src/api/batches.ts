import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ApiError } from '../platform/http/api-error.js';
import { validInstance } from '../platform/validation/body-validation.js';
import { ApiConnection } from '../queue/api.connection.js';
import { sortedJson } from '../platform/validation/sorted-json.js';
import { Accepting } from './accepting.js';
import { answeredInTime } from './answered-in-time.js';
import type { InTime } from './answered-in-time.js';
import { entriesIn, refuseSeveral } from './batch-entries.js';
import type { Cancellation } from './cancellation.js';
import { KeyedQueueAnswerLostError } from './errors.js';
import type { CancellationData, KeyedRequest } from '../cancellation/data.js';
import { CreateCancellationDto } from './create-cancellation.dto.js';
import { Enqueueing } from './enqueueing.js';
import type { Entry } from '../queue/new-jobs.js';
import { Idempotency } from './idempotency.js';
import type { IdempotencyKey } from './idempotency-key.js';
import { KeyedEnqueueing } from './keyed-enqueueing.js';
import type { Standing } from './keyed-enqueueing.js';
import { keyedId, keyedIdAt } from './keyed-ids.js';
import { isRefusal } from '../queue/refusal.js';
import { Withdrawals } from './withdrawals.js';

/** What became of one entry: its cancellation, or why there is none. */
export type BatchItem = Cancellation | ApiError;

/** What a batch is answered with. */
export interface BatchAcceptance {
  /** One an entry, in order. */
  readonly items: readonly BatchItem[];
  /** Its `Idempotency-Key` was known already. */
  readonly replayed: boolean;
}

/** What an entry asks for, how to find that out, or why it is refused. */
type Wanted = CancellationData | (() => Promise<CancellationData>) | ApiError;

/** What is to be queued for an entry, the cancellation that it was answered with before, or why it is refused. */
type Resolved = CancellationData | { readonly standing: Cancellation } | ApiError;

/** Accepts many requests at a time, each as if it had come by itself. */
@Injectable()
export class Batches {
  constructor(
    private readonly connection: ApiConnection,
    private readonly accepting: Accepting,
    private readonly enqueueing: Enqueueing,
    private readonly keyed: KeyedEnqueueing,
    private readonly idempotency: Idempotency,
    private readonly withdrawals: Withdrawals,
  ) {}

  /**
   * @throws {InvalidBodyError} the body is no batch
   * @throws {QueueUnavailableError} nothing was queued
   * @throws {QueueAnswerLostError} what was queued is not known; it is withdrawn
   * @throws {KeyedQueueAnswerLostError} what was queued is not known; it stays, for the key to find it
   * @throws {IdempotencyKeyReusedError}
   */
  async create(body: unknown, key: IdempotencyKey | null): Promise<BatchAcceptance> {
    const wanted = await Promise.all(entriesIn(body).map((entry) => this.wantedOf(entry)));
    return key === null
      ? this.createOrWithdraw(wanted)
      : this.createOnce(
          wanted,
          keyedId(key),
          this.idempotency.request(hash('sha256', sortedJson(body), 'base64url')),
        );
  }

  /** An entry that is refused does not spoil the others. */
  private async wantedOf(entry: unknown): Promise<Wanted> {
    try {
      const request = await validInstance(CreateCancellationDto, entry);
      refuseSeveral(request);
      return this.accepting.dataOf(this.accepting.accept(request));
    } catch (error) {
      return refusalIn(error);
    }
  }

  private createOrWithdraw(wanted: readonly Wanted[]): Promise<BatchAcceptance> {
    return this.withdrawals.answeredOrWithdrawn(async (inTime, queueing) => {
      const resolved = await Promise.all(wanted.map(resolve));
      const ids = wanted.map(() => uuidv7());
      const entries = entriesOf(resolved, ids);
      queueing(entries);
      const queued = await this.enqueueing.enqueueBulk(entries, inTime);
      return { items: itemsOf(resolved, this.enqueueing.news(entries, queued)), replayed: false };
    });
  }

  /** The key's place keeps the mark of the first request, of which the ids of all are made. */
  private createOnce(wanted: readonly Wanted[], id: string, request: KeyedRequest): Promise<BatchAcceptance> {
    const create = async (inTime: InTime): Promise<BatchAcceptance> => {
      const { mark } = await this.idempotency.take(id, request);
      const isFirst = mark === request.mark;
      const ids = wanted.map((_, place) => keyedIdAt(mark, place));
      const resolved = await Promise.all(
        wanted.map((one, place) =>
          isFirst ? resolve(one) : this.resolveAgain(one, ids[place] ?? '', request),
        ),
      );
      // What Redis refuses from here on, it may have refused in the middle.
      const standings = await this.keyed
        .enqueueBulk(entriesOf(resolved, ids), request, isFirst, inTime)
        .catch((error: unknown) => {
          throw isRefusal(error) ? new KeyedQueueAnswerLostError(error) : error;
        });
      this.logNews(standings);
      const cancellations = standings.map(({ cancellation }) => cancellation);
      return { items: itemsOf(resolved, cancellations), replayed: !isFirst };
    };
    return answeredInTime(this.connection, create, (cause) => new KeyedQueueAnswerLostError(cause));
  }

  /** What is refused now may have been accepted when the key came first. */
  private async resolveAgain(wanted: Wanted, id: string, request: KeyedRequest): Promise<Resolved> {
    const resolved = await resolve(wanted);
    if (!(resolved instanceof ApiError)) return resolved;
    const held = await this.idempotency.find(id, request);
    return held === null ? resolved : { standing: await this.keyed.standingFor(id, held) };
  }

  private logNews(standings: readonly Standing[]): void {
    for (const { cancellation, isNew } of standings) if (isNew) this.enqueueing.logQueued(cancellation);
  }
}

async function resolve(wanted: Wanted): Promise<CancellationData | ApiError> {
  if (typeof wanted !== 'function') return wanted;
  try {
    return await wanted();
  } catch (error) {
    return refusalIn(error);
  }
}

function refusalIn(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  throw error;
}

const isQueued = (resolved: Resolved): resolved is CancellationData =>
  !(resolved instanceof ApiError) && !('standing' in resolved);

const entriesOf = (resolved: readonly Resolved[], ids: readonly string[]): Entry[] =>
  resolved.flatMap((data, place) => (isQueued(data) ? [{ id: ids[place] ?? '', data }] : []));

/** @param queued the cancellations of those that were to be queued, in order */
function itemsOf(resolved: readonly Resolved[], queued: readonly Cancellation[]): BatchItem[] {
  const cancellations = queued.values();
  return resolved.map((one) => {
    if (isQueued(one)) return cancellations.next().value as Cancellation;
    return one instanceof ApiError ? one : one.standing;
  });
}
