import { Injectable } from '@nestjs/common';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { ApiConnection } from '../queue/api.connection.js';
import { Accepting } from './accepting.js';
import { answeredInTime } from './answered-in-time.js';
import type { InTime } from './answered-in-time.js';
import type { Cancellation } from './cancellation.js';
import { CancellationNotFoundError, KeyedQueueAnswerLostError, QueueAnswerLostError } from './errors.js';
import type { CancellationData, KeyedRequest } from '../cancellation/data.js';
import type { CreateCancellationDto } from './create-cancellation.dto.js';
import { asDuplicate, Enqueueing } from './enqueueing.js';
import { fingerprintOf } from './fingerprint.js';
import { Idempotency } from './idempotency.js';
import type { Held } from './idempotency.js';
import type { IdempotencyKey } from './idempotency-key.js';
import { KeyedEnqueueing } from './keyed-enqueueing.js';
import { keyedId } from './keyed-ids.js';
import { SeveralStreams } from './several-streams.js';
import type { SeveralAcceptance } from './several-streams.js';
import { Withdrawals } from './withdrawals.js';

/** What a request for a cancellation is answered with. */
export interface Acceptance {
  readonly cancellation: Cancellation;
  /** Its `Idempotency-Key` was known already. */
  readonly replayed: boolean;
}

type Resolve = () => Promise<CancellationData>;
type Wanted = CancellationData | Resolve;

/** Accepts cancellations and reads them back. */
@Injectable()
export class CancellationsService {
  constructor(
    private readonly connection: ApiConnection,
    private readonly accepting: Accepting,
    private readonly enqueueing: Enqueueing,
    private readonly keyed: KeyedEnqueueing,
    private readonly several: SeveralStreams,
    private readonly idempotency: Idempotency,
    private readonly withdrawals: Withdrawals,
  ) {}

  /**
   * The same call and stream again, while one is unfinished, is that one: two updates of a call for one stream would
   * only undo each other's verbs. The same key again is the same cancellation, finished or not.
   *
   * @throws {InvalidBodyError} the project or the source of the document is not configured, or the stream cannot be
   * stopped as the request wants it
   * @throws {NoKnownStreamsError}
   * @throws {TooManyStreamsError}
   * @throws {QueueUnavailableError} nothing was queued
   * @throws {QueueAnswerLostError} whether it was queued is not known; it is withdrawn
   * @throws {KeyedQueueAnswerLostError} whether it was queued is not known; it stays, for the key to find it
   * @throws {IdempotencyKeyReusedError}
   */
  async create(
    request: CreateCancellationDto,
    key: IdempotencyKey | null = null,
  ): Promise<Acceptance | SeveralAcceptance> {
    const accepted = this.accepting.accept(request);
    if (request.streamNames !== undefined) return this.several.create(accepted, key);
    const data = this.accepting.dataOf(accepted);
    return key === null
      ? this.createOrWithdraw(uuidv7(), data)
      : this.createOnce(keyedId(key), data, this.idempotency.request(fingerprintOf(accepted)));
  }

  /**
   * @throws {CancellationNotFoundError}
   * @throws {QueueUnavailableError}
   */
  async find(id: string): Promise<Cancellation> {
    if (!isUuid(id)) throw new CancellationNotFoundError(id);
    return answeredInTime(this.connection, () => this.enqueueing.existing(id));
  }

  private createOrWithdraw(id: string, wanted: Wanted): Promise<Acceptance> {
    const create = async (inTime: InTime): Promise<Acceptance> => {
      const data = typeof wanted === 'function' ? await wanted() : wanted;
      const cancellation = await this.enqueueing.enqueue({ id, data }, inTime);
      if (cancellation.id !== id) return { cancellation: asDuplicate(cancellation), replayed: false };
      this.enqueueing.logQueued(cancellation);
      return { cancellation, replayed: false };
    };
    return answeredInTime(this.connection, create, (cause) => {
      this.withdrawals.add(id);
      return new QueueAnswerLostError(cause);
    });
  }

  private createOnce(id: string, wanted: Wanted, request: KeyedRequest): Promise<Acceptance> {
    const create = async (inTime: InTime): Promise<Acceptance> => {
      const data = typeof wanted === 'function' ? await this.resolveOnce(id, wanted, request) : wanted;
      if ('mark' in data) return { cancellation: await this.keyed.standingFor(id, data), replayed: true };
      const { cancellation, isNew, replayed } = await this.keyed.enqueue({ id, data }, request, inTime);
      if (isNew) this.enqueueing.logQueued(cancellation);
      return { cancellation, replayed };
    };
    return answeredInTime(this.connection, create, (cause) => new KeyedQueueAnswerLostError(cause));
  }

  /** The SID may have been known when the key came first. */
  private async resolveOnce(
    id: string,
    resolve: Resolve,
    request: KeyedRequest,
  ): Promise<CancellationData | Held> {
    try {
      return await resolve();
    } catch (refusal) {
      const held = await this.idempotency.find(id, request);
      if (held === null) throw refusal;
      return held;
    }
  }
}
