import { Injectable } from '@nestjs/common';
import { mayKnow } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { CallbackJobs } from '../../queue/callbacks/callback-jobs.js';
import { Cancellations } from '../../queue/cancellations.js';
import { CancellationNotFoundError } from '../accept/errors.js';
import { NoCallbackError, NotFinishedError } from './errors.js';

/** Has callbacks delivered again. */
@Injectable()
export class CallbackRetrying {
  constructor(
    private readonly cancellations: Cancellations,
    private readonly callbacks: CallbackJobs,
  ) {}

  /**
   * @throws {CancellationNotFoundError} also for one of a project that the caller may not know
   * @throws {NoCallbackError}
   * @throws {NotFinishedError}
   */
  async retry(id: string, caller: Caller | null): Promise<StoredCancellation> {
    const stored = await this.cancellations.find(id);
    if (stored === null || !mayKnow(caller, stored.data.project)) throw new CancellationNotFoundError(id);
    if (stored.data.callbackUrl === undefined) throw new NoCallbackError();
    if (stored.finishedAt === null) throw new NotFinishedError();
    await this.callbacks.deliverNow(stored);
    return stored;
  }
}
