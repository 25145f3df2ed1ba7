import { Injectable } from '@nestjs/common';
import { mayKnow } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { PROBLEMS } from '../../problems/catalogue.js';
import { CallbackJobs } from '../../queue/callbacks/callback-jobs.js';
import { Cancellations } from '../../queue/cancellations.js';
import { cancellationNotFound } from '../accept/errors.js';

@Injectable()
export class CallbackRetrying {
  constructor(
    private readonly cancellations: Cancellations,
    private readonly callbacks: CallbackJobs,
  ) {}

  /**
   * @throws {ApiError} `cancellation_not_found`: also for one of a project that the caller may not know
   * @throws {ApiError} `no_callback`
   * @throws {ApiError} `not_finished`
   */
  async retry(id: string, caller: Caller | null): Promise<StoredCancellation> {
    const stored = await this.cancellations.find(id);
    if (stored === null || !mayKnow(caller, stored.data.project)) throw cancellationNotFound(id);
    if (stored.data.callbackUrl === undefined)
      throw new ApiError(
        PROBLEMS.no_callback,
        'the cancellation has no callbackUrl, so there is nothing to deliver',
      );
    if (stored.finishedAt === null)
      throw new ApiError(
        PROBLEMS.not_finished,
        'the cancellation has not ended; its callback is delivered when it has',
      );
    await this.callbacks.deliverNow(stored);
    return stored;
  }
}
