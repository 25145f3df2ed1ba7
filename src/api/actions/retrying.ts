import { Injectable } from '@nestjs/common';
import { v5 as uuidv5 } from 'uuid';
import { mayKnow } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { viewOf } from '../../cancellation/view.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import { PROBLEMS } from '../../problems/catalogue.js';
import { Cancellations } from '../../queue/cancellations.js';
import { Listing } from '../../queue/listing/listing.js';
import { cancellationNotFound } from '../accept/errors.js';
import { RequestAcceptor } from '../accept/request-acceptor.js';

const NAMESPACE = '6f1c3b0a-5d0e-4c8b-9a5e-2d8f64b1c7e3';

/** A cancellation has one retry. That one can be retried in turn. */
const idOfRetry = (id: string): string => uuidv5(id, NAMESPACE);

const RETRYABLE = new Set(['failed', 'expired', 'withdrawn']);

/** Asks again for what has come to nothing. */
@Injectable()
export class Retrying {
  constructor(
    private readonly cancellations: Cancellations,
    private readonly acceptor: RequestAcceptor,
    private readonly listing: Listing,
    private readonly clock: SharedClock,
  ) {}

  /**
   * A cancellation that was retried before gives the same retry again.
   *
   * @param startsLater whether fresh cancellations come first
   * @returns the retry
   * @throws {ApiError} `cancellation_not_found`: also for one of a project that the caller may not know
   * @throws {ApiError} `not_retryable`
   * @throws {ApiError} `already_wanted`: another cancellation of the same stream is unfinished
   */
  async retry(id: string, caller: Caller | null, startsLater = false): Promise<StoredCancellation> {
    const original = await this.cancellations.find(id);
    if (original === null || !mayKnow(caller, original.data.project)) throw cancellationNotFound(id);
    const { status } = viewOf(original, []);
    if (!RETRYABLE.has(status))
      throw new ApiError(
        PROBLEMS.not_retryable,
        `the cancellation is ${status}; only a failed, expired or withdrawn one can be retried`,
      );
    const earlier = await this.cancellations.find(idOfRetry(id));
    if (earlier !== null) {
      // A crash may have come before the original was marked.
      await this.listing.markRetried(original);
      return earlier;
    }
    const data = this.dataOf(original, caller);
    const { cancellation, isDuplicate } = await this.acceptor.repeat({
      id: idOfRetry(id),
      data,
      startsLater,
    });
    if (isDuplicate)
      throw new ApiError(
        PROBLEMS.already_wanted,
        `the cancellation ${cancellation.id} of the same stream is unfinished, so nothing was queued`,
      );
    await this.listing.markRetried(original);
    return cancellation;
  }

  private dataOf({ id, data }: StoredCancellation, caller: Caller | null): StoredCancellation['data'] {
    const createdAt = this.clock.now();
    const { place: _, requestId: __, traceparent: ___, ...request } = data;
    return {
      ...request,
      requestedBy: caller?.name,
      retryOf: id,
      createdAt,
      deadline: createdAt + (data.deadline - data.createdAt),
    };
  }
}
