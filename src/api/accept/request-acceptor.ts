import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { mayKnow } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import type { NewCancellation, StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { isCrowded, Register } from '../../lane/register.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { currentTrace } from '../../platform/trace/trace.js';
import { answeredInTime } from '../../queue/connections/answered-in-time.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import { Cancellations } from '../../queue/cancellations.js';
import { Listing } from '../../queue/listing/listing.js';
import { queueAnswerLost } from '../../queue/queue.errors.js';
import type { CreateCancellationDto } from '../requests/create-cancellation.dto.js';
import { cancellationNotFound, replayNotFound } from './errors.js';
import { Idempotency } from './idempotency.js';
import type { KeyedBody, KnownKey } from './idempotency.js';
import { firstPerStream, isPlan, reservationOf } from './plan.js';
import type { Plan } from './plan.js';
import { RequestResolver } from './request-resolver.js';
import { StreamsOfCalls } from './streams-of-calls.js';

/** A request of a body, or why it is invalid. */
export type Request = CreateCancellationDto | ApiError;

/** What stands for one stream of a request. */
export interface AcceptedStream {
  readonly cancellation: StoredCancellation;
  /** An earlier request had asked for the same stream, and its cancellation was unfinished. */
  readonly isDuplicate: boolean;
}

/** What one request came to: one cancellation per stream, or why it was refused. */
export type Outcome = readonly AcceptedStream[] | ApiError;

export interface Accepted {
  /** One per request, in order. */
  readonly outcomes: readonly Outcome[];
  /** The `Idempotency-Key` was known. */
  readonly replayed: boolean;
}

/** By id of a plan: the cancellation that stands for it, if there is one. */
type Standing = ReadonlyMap<string, StoredCancellation | null | undefined>;

/** The one way in: accepts the requests of a body, whether one, one for several streams, or a batch. */
@Injectable()
export class RequestAcceptor {
  private readonly logger = new Logger(RequestAcceptor.name);

  constructor(
    private readonly connection: ApiConnection,
    private readonly resolver: RequestResolver,
    private readonly idempotency: Idempotency,
    private readonly register: Register,
    private readonly listing: Listing,
    private readonly cancellations: Cancellations,
    private readonly streams: StreamsOfCalls,
  ) {}

  /**
   * After an error, and after a crash at any step, the same streams or the same key lead to the same cancellations.
   *
   * @param caller null if the service has no API keys
   * @throws {ApiError} `idempotency_key_reused`
   * @throws {ApiError} `queue_unavailable`: nothing was queued
   * @throws {ApiError} `queue_answer_lost`: something may have been queued
   */
  accept(
    requests: readonly Request[],
    keyed: KeyedBody | null,
    caller: Caller | null = null,
  ): Promise<Accepted> {
    return answeredInTime(
      this.connection,
      () => this.acceptAll(requests, keyed, caller),
      (cause) => queueAnswerLost(cause),
    );
  }

  /**
   * Queues a cancellation again under an id that follows from its own, so that repeating this repeats nothing.
   *
   * @throws {ApiError} `queue_unavailable`: nothing was queued
   * @throws {ApiError} `queue_answer_lost`: it may have been queued
   */
  async repeat(cancellation: NewCancellation): Promise<AcceptedStream> {
    const plan = { ids: [cancellation.id], queue: [cancellation] };
    const queued = await this.queue([plan], cancellation.data.requestedBy);
    await this.clearRepeated(queued);
    const standing = queued.get(cancellation.id);
    if (!standing) throw cancellationNotFound(cancellation.id);
    return { cancellation: standing, isDuplicate: standing.id !== cancellation.id };
  }

  private async acceptAll(
    requests: readonly Request[],
    keyed: KeyedBody | null,
    caller: Caller | null,
  ): Promise<Accepted> {
    const fresh = await this.planAll(requests, caller, null);
    const known = keyed === null ? null : await this.reserve(keyed, fresh);
    const plans = known === null ? fresh : await this.planAll(requests, caller, known);
    const queued = await this.queue(plans, caller?.name);
    if (keyed !== null) await this.clearRepeated(queued);
    const standing = keyed === null ? queued : await this.settle(keyed, known, plans, queued);
    return { outcomes: plans.map((plan) => outcomeOf(plan, standing, caller)), replayed: known !== null };
  }

  /**
   * @returns what is known of the key from an earlier request; null if this is the first, and may still be corrected
   */
  private reserve(keyed: KeyedBody, plans: readonly (Plan | ApiError)[]): Promise<KnownKey | null> {
    return plans.some(isPlan)
      ? this.idempotency.reserve(keyed, reservationOf(plans))
      : this.idempotency.find(keyed);
  }

  private planAll(
    requests: readonly Request[],
    caller: Caller | null,
    known: KnownKey | null,
  ): Promise<(Plan | ApiError)[]> {
    return Promise.all(
      requests.map((request, index) => this.plan(request, caller, known, known?.ids[index])),
    );
  }

  /** @param reserved the ids for the request, if the key is known */
  private async plan(
    request: Request,
    caller: Caller | null,
    known: KnownKey | null,
    reserved: readonly string[] | undefined,
  ): Promise<Plan | ApiError> {
    if (mayAsk(caller, request) && reserved?.every((id) => known?.settled.has(id)))
      return { ids: reserved, queue: [] };
    try {
      if (request instanceof ApiError) return request;
      const resolved = await this.resolver.resolve(request, caller, known?.streamNames);
      const ids = reserved ?? resolved.map(() => uuidv7());
      return { ids, queue: resolved.map((data, place) => ({ id: ids[place] ?? uuidv7(), data })) };
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  }

  /** Of several cancellations of the same stream, only the first is queued, and stands for all of them. */
  private async queue(
    plans: readonly (Plan | ApiError)[],
    requestedBy: string | undefined,
  ): Promise<Standing> {
    const wanted = plans.filter(isPlan).flatMap(({ queue }) => queue);
    const firsts = firstPerStream(wanted);
    const distinct = [...new Set(firsts.values())];
    const origin = { requestedBy, ...currentTrace() };
    // Asked in one round trip.
    const [wantedOfCall, others, listed] = await Promise.all([
      this.register.add(distinct),
      this.streams.othersOf(distinct),
      this.listing.enter(distinct.map((one) => ({ ...one, data: { ...one.data, ...origin } }))),
    ]);
    const added = await this.cancellations.add(
      listed.map((one) => ({
        ...one,
        data: { ...one.data, otherStreams: others.get(one.id) },
        startsLater: one.startsLater === true || isCrowded(wantedOfCall.get(one.id)),
      })),
    );
    const standing = new Map(distinct.map((one, place) => [one, added[place]]));
    const duplicates = listed.filter(({ id }, place) => added[place]?.id !== id);
    await Promise.all([this.register.remove(duplicates), this.listing.remove(duplicates)]);
    const fresh = [...standing].filter(([{ id }, cancellation]) => cancellation?.id === id);
    this.listing.announce(fresh.map(([{ id }]) => id));
    for (const [{ id, data }] of fresh)
      this.logger.log('cancellation queued', { cancellationId: id, callSid: data.callSid, requestedBy });
    return new Map([...firsts].map(([{ id }, first]) => [id, standing.get(first)]));
  }

  /**
   * Another request for the same ids may have queued them before this one, and the job knows which entry is its own.
   */
  private async clearRepeated(queued: Standing): Promise<void> {
    const entered = [...queued.values()].filter((one) => one !== null && one !== undefined);
    const stored = await this.cancellations.findMany(entered.map(({ id }) => id)).catch(lost);
    await this.listing.remove(entered.filter(({ data }, at) => stored[at]?.data.place !== data.place));
  }

  /** @throws {ApiError} `queue_answer_lost`: also if Redis refuses, since the jobs are in the queue by now */
  private async settle(
    keyed: KeyedBody,
    known: KnownKey | null,
    plans: readonly (Plan | ApiError)[],
    queued: Standing,
  ): Promise<Standing> {
    try {
      const news = new Map([...queued].map(([id, cancellation]) => [id, cancellation?.id ?? id]));
      const settled = news.size === 0 ? known?.settled : await this.idempotency.settle(keyed, news);
      // A known key's jobs may have been queued before, and ended since.
      return await this.standing(plans, settled, known === null ? queued : new Map());
    } catch (error) {
      return lost(error);
    }
  }

  /** @param queued what was queued just now, and need not be read */
  private async standing(
    plans: readonly (Plan | ApiError)[],
    settled: ReadonlyMap<string, string> | undefined,
    queued: Standing,
  ): Promise<Standing> {
    const ids = plans.filter(isPlan).flatMap((plan) => plan.ids);
    const standingOf = (id: string): string => settled?.get(id) ?? id;
    const unread = ids.filter((id) => queued.get(id)?.id !== standingOf(id));
    const stored = await this.cancellations.findMany(unread.map(standingOf));
    return new Map([...queued, ...unread.map((id, place) => [id, stored[place]] as const)]);
  }
}

/** @throws {ApiError} `queue_answer_lost` */
function lost(cause: unknown): never {
  throw queueAnswerLost(cause as Error);
}

/** False for one that names a project that the caller may not know, which the resolver refuses. */
const mayAsk = (caller: Caller | null, request: Request): boolean =>
  request instanceof ApiError || request.project === undefined || mayKnow(caller, request.project);

/** A key may have lost the project since it asked for the cancellation. */
function outcomeOf(plan: Plan | ApiError, standing: Standing, caller: Caller | null): Outcome {
  if (plan instanceof ApiError) return plan;
  const streams: AcceptedStream[] = [];
  for (const id of plan.ids) {
    const cancellation = standing.get(id);
    if (!cancellation) return replayNotFound(id);
    if (!mayKnow(caller, cancellation.data.project)) return cancellationNotFound(id);
    streams.push({ cancellation, isDuplicate: cancellation.id !== id });
  }
  return streams;
}
