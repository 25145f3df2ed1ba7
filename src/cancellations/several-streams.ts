import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ServiceEnvironment } from '../config/service.environment.js';
import { knownStreams } from '../evidence/known-streams.js';
import { ApiConnection } from '../redis/api.connection.js';
import { answeredInTime } from './answered-in-time.js';
import type { InTime } from './answered-in-time.js';
import type { Cancellation } from './cancellation.js';
import {
  KeyedQueueAnswerLostError,
  NoKnownStreamsError,
  QueueAnswerLostError,
} from './cancellations.errors.js';
import { callKey } from './cancellations.queue.js';
import type { CreateCancellationDto } from './create-cancellation.dto.js';
import { asDuplicate, Enqueueing } from './enqueueing.js';
import type { Entry } from './enqueueing.js';
import { fingerprintOf } from './fingerprint.js';
import { Idempotency } from './idempotency.js';
import type { IdempotencyKey } from './idempotency-key.js';
import { ALL } from './is-stream-names.js';
import { dataForAll, refuseBoth } from './request-data.js';
import type { RequestData, RequestedStream } from './request-data.js';
import { Withdrawals } from './withdrawals.js';

/** What a request for several streams is answered with. */
export interface SeveralAcceptance {
  /** One a stream, in the order of the request. */
  readonly items: readonly Cancellation[];
  /** Its `Idempotency-Key` was known already. */
  readonly replayed: boolean;
}

/** Accepts requests for several streams of one call: a cancellation each, which one document stops together. */
@Injectable()
export class SeveralStreams {
  constructor(
    private readonly connection: ApiConnection,
    private readonly enqueueing: Enqueueing,
    private readonly idempotency: Idempotency,
    private readonly withdrawals: Withdrawals,
    private readonly environment: ServiceEnvironment,
  ) {}

  /** @throws as `CancellationsService.create` */
  create(
    request: CreateCancellationDto,
    data: RequestData,
    key: IdempotencyKey | null,
  ): Promise<SeveralAcceptance> {
    refuseBoth(request);
    return key === null ? this.createOrWithdraw(request, data) : this.createOnce(request, data, key);
  }

  private createOrWithdraw(request: CreateCancellationDto, data: RequestData): Promise<SeveralAcceptance> {
    let entries: readonly Entry[] = [];
    const withdraw = (): void => {
      for (const { id } of entries) this.withdrawals.add(id);
    };
    const create = async (inTime: InTime): Promise<SeveralAcceptance> => {
      const streams = await this.streamsOf(request, data);
      entries = entriesOf(
        request,
        data,
        streams,
        streams.map(() => uuidv7()),
      );
      try {
        return {
          items: this.news(entries, await this.enqueueing.enqueueAll(entries, inTime)),
          replayed: false,
        };
      } catch (error) {
        // Redis may have refused in the middle.
        withdraw();
        throw error;
      }
    };
    return answeredInTime(this.connection, create, (cause) => {
      withdraw();
      return new QueueAnswerLostError(cause);
    });
  }

  /** The key stands for the streams that its first request found, and for a cancellation of each. */
  private createOnce(
    request: CreateCancellationDto,
    data: RequestData,
    key: IdempotencyKey,
  ): Promise<SeveralAcceptance> {
    const fingerprint = fingerprintOf(request, data);
    const create = async (inTime: InTime): Promise<SeveralAcceptance> => {
      const id = uuidv7();
      const held =
        (await this.idempotency.find(key, fingerprint)) ??
        (await this.idempotency.claim(key, fingerprint, {
          id,
          streams: await this.streamsOf(request, data),
        }));
      const { streams = [] } = held;
      const ids = streams.map(() => uuidv7());
      const claims = await Promise.all(
        streams.map((stream, index) =>
          this.idempotency.claim({ ...key, stream: stream.streamName ?? '' }, fingerprint, {
            id: ids[index] ?? '',
          }),
        ),
      );
      const entries = entriesOf(
        request,
        data,
        streams,
        claims.map(({ id }) => id),
      );
      const queued = await this.enqueueing.enqueueAll(entries, inTime);
      const items = await Promise.all(
        queued.map(async (cancellation, index) => {
          const claim = claims[index];
          return claim === undefined
            ? cancellation
            : this.enqueueing.standingFor(claim, cancellation, claim.id !== ids[index]);
        }),
      );
      for (const item of items) if (ids.includes(item.id)) this.enqueueing.logQueued(item);
      return { items, replayed: held.id !== id };
    };
    return answeredInTime(this.connection, create, (cause) => new KeyedQueueAnswerLostError(cause));
  }

  /**
   * With the SIDs that are known; of all streams, those that are known to run.
   *
   * @throws {InvalidBodyError} one of them cannot be stopped as the request wants it
   */
  private async streamsOf(
    request: CreateCancellationDto,
    data: RequestData,
  ): Promise<readonly RequestedStream[]> {
    const { streamNames = [] } = request;
    const known = await knownStreams(this.connection.redis, this.environment.QUEUE_PREFIX, callKey(data));
    const names = streamNames === ALL ? [...known.keys()] : streamNames;
    if (names.length === 0) throw new NoKnownStreamsError();
    const streams = names.map((streamName) => ({ streamName, streamSid: known.get(streamName) ?? null }));
    entriesOf(request, data, streams, names);
    return streams;
  }

  private news(entries: readonly Entry[], queued: readonly Cancellation[]): Cancellation[] {
    return queued.map((cancellation, index) => {
      if (cancellation.id !== entries[index]?.id) return asDuplicate(cancellation);
      this.enqueueing.logQueued(cancellation);
      return cancellation;
    });
  }
}

/** Each knows the others, so that the first one that goes by a document can take them along. */
const entriesOf = (
  request: CreateCancellationDto,
  data: RequestData,
  streams: readonly RequestedStream[],
  ids: readonly string[],
): Entry[] =>
  dataForAll(request, data, streams).map((one, index) => ({
    id: ids[index] ?? '',
    data: { ...one, siblings: ids.filter((_, other) => other !== index) },
  }));
