import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { ApiConnection } from '../queue/api.connection.js';
import { answeredInTime } from './answered-in-time.js';
import type { InTime } from './answered-in-time.js';
import type { Cancellation } from './cancellation.js';
import { KeyedQueueAnswerLostError } from './errors.js';
import { Enqueueing } from './enqueueing.js';
import type { Entry } from '../queue/new-jobs.js';
import { fingerprintOf } from './fingerprint.js';
import { Idempotency } from './idempotency.js';
import { ALL } from './is-stream-names.js';
import type { IdempotencyKey } from './idempotency-key.js';
import { KeyedEnqueueing } from './keyed-enqueueing.js';
import { keyedId, keyedIdAt } from './keyed-ids.js';
import { isRefusal } from '../queue/refusal.js';
import { dataForAll, refuseBoth } from './request-data.js';
import type { AcceptedRequest, RequestedStream } from './request-data.js';
import { RequestedStreams } from './requested-streams.js';
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
    private readonly keyed: KeyedEnqueueing,
    private readonly idempotency: Idempotency,
    private readonly withdrawals: Withdrawals,
    private readonly streams: RequestedStreams,
  ) {}

  /** @throws as `CancellationsService.create` */
  create(accepted: AcceptedRequest, key: IdempotencyKey | null): Promise<SeveralAcceptance> {
    refuseBoth(accepted.request);
    return key === null ? this.createOrWithdraw(accepted) : this.createOnce(accepted, key);
  }

  private createOrWithdraw(accepted: AcceptedRequest): Promise<SeveralAcceptance> {
    return this.withdrawals.answeredOrWithdrawn(async (inTime, queueing) => {
      const streams = await this.streams.several(accepted);
      const ids = streams.map(() => uuidv7());
      const entries = entriesOf(accepted, streams, ids);
      queueing(entries);
      const queued = await this.enqueueing.enqueueAll(entries, inTime);
      return { items: this.enqueueing.news(entries, queued), replayed: false };
    });
  }

  /** The key stands for the streams that its first request found, and for a cancellation of each. */
  private createOnce(accepted: AcceptedRequest, key: IdempotencyKey): Promise<SeveralAcceptance> {
    const keyed = this.idempotency.request(fingerprintOf(accepted));
    const id = keyedId(key);
    const create = async (inTime: InTime): Promise<SeveralAcceptance> => {
      const held =
        (await this.idempotency.find(id, keyed)) ??
        (await this.idempotency.take(id, { ...keyed, streams: await this.streams.several(accepted) }));
      const { streams = [], mark } = held;
      const ids = streams.map((_, place) => keyedIdAt(mark, place));
      const entries = entriesOf(accepted, streams, ids);
      // What Redis refuses from here on, it may have refused in the middle.
      const standings = await this.keyed.enqueueAll(entries, keyed, inTime).catch((error: unknown) => {
        throw isRefusal(error) ? new KeyedQueueAnswerLostError(error) : error;
      });
      for (const { cancellation, isNew } of standings) if (isNew) this.enqueueing.logQueued(cancellation);
      return { items: standings.map(({ cancellation }) => cancellation), replayed: mark !== keyed.mark };
    };
    return answeredInTime(this.connection, create, (cause) => new KeyedQueueAnswerLostError(cause));
  }
}

/** Each knows the others, so that the first one that goes by a document can take them along. */
const entriesOf = (
  accepted: AcceptedRequest,
  streams: readonly RequestedStream[],
  ids: readonly string[],
): Entry[] =>
  dataForAll(accepted, streams).map((one, index) => ({
    id: ids[index] ?? '',
    data: {
      ...one,
      siblings: ids.filter((_, other) => other !== index),
      isOneOfAll: accepted.request.streamNames === ALL || undefined,
    },
  }));
