import { Injectable } from '@nestjs/common';
import { mayKnow } from '../../access/caller.js';
import type { Caller } from '../../access/caller.js';
import { mayHaveTakenEffect } from '../../cancellation/effect.js';
import { callKey } from '../../cancellation/keys.js';
import { withWithdrawn } from '../../cancellation/record-updates.js';
import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { viewOf } from '../../cancellation/view.js';
import { ServiceEnvironment } from '../../config/service.environment.js';
import { sharedAttemptsKey, wantedKey } from '../../lane/lane-keys.js';
import { SharedAttempts, unlistedIn } from '../../lane/shared-attempts.js';
import type { SharedAttempt } from '../../lane/shared-attempts.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { SharedClock } from '../../platform/redis/shared-clock.js';
import { PROBLEMS } from '../../problems/catalogue.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import { Cancellations } from '../../queue/cancellations.js';
import { Withdrawals } from '../../queue/finished/withdrawals.js';
import { cancellationNotFound } from '../accept/errors.js';
import { actionAnswerLost } from './errors.js';

/** How often to look again at a cancellation that changes at the same moment. */
const TRIES = 5;

/** Takes back cancellations that are not being sent. */
@Injectable()
export class Withdrawing {
  private readonly sharedAttempts: SharedAttempts;

  constructor(
    private readonly cancellations: Cancellations,
    private readonly withdrawals: Withdrawals,
    connection: ApiConnection,
    private readonly clock: SharedClock,
    private readonly environment: ServiceEnvironment,
  ) {
    this.sharedAttempts = new SharedAttempts(connection.redis, environment.QUEUE_PREFIX);
  }

  /**
   * A cancellation that is withdrawn already stays so, and what an earlier request has left undone is completed.
   *
   * @throws {ApiError} `cancellation_not_found`: also for one of a project that the caller may not know
   * @throws {ApiError} `already_finished`
   * @throws {ApiError} `attempt_under_way`
   */
  async withdraw(id: string, caller: Caller | null): Promise<StoredCancellation> {
    for (let tried = 0; tried < TRIES; tried += 1) {
      const stored = await this.cancellations.find(id);
      if (stored === null || !mayKnow(caller, stored.data.project)) throw cancellationNotFound(id);
      if (stored.record.withdrawnAt !== null) return this.end(stored);
      if (stored.finishedAt !== null) throw alreadyFinished(viewOf(stored, []).status);
      const shared = await this.sharedAttempts.read(id);
      if (stored.isActive) throw attemptUnderWay();
      if (unlistedIn(stored.record, shared).some(mayTakeEffect)) {
        // Its next run takes up what was sent for it.
        await this.cancellations.startNow([id]);
        throw attemptUnderWay();
      }
      const withdrawn = await this.write(stored, shared.length);
      if (withdrawn !== null) return this.end(withdrawn);
    }
    throw attemptUnderWay();
  }

  /** @returns null if it has changed since it was read */
  private async write(stored: StoredCancellation, attempts: number): Promise<StoredCancellation | null> {
    const { id, data } = stored;
    const at = this.clock.now();
    const { QUEUE_PREFIX } = this.environment;
    const shared = {
      attemptsKey: sharedAttemptsKey(QUEUE_PREFIX, id),
      attempts,
      wantedKey: wantedKey(QUEUE_PREFIX, callKey(data)),
    };
    if (!(await this.withdrawals.withdraw(id, at, shared))) return null;
    return { ...stored, record: withWithdrawn(stored.record, at) };
  }

  /** A worker ends its job. */
  private async end(withdrawn: StoredCancellation): Promise<StoredCancellation> {
    if (withdrawn.finishedAt === null) await this.cancellations.startNow([withdrawn.id]).catch(lost);
    return withdrawn;
  }
}

const alreadyFinished = (status: string): ApiError =>
  new ApiError(
    PROBLEMS.already_finished,
    `the cancellation has already ${status === 'expired' ? 'expired' : `ended as ${status}`}; there is nothing to withdraw`,
  );

/** An update may be on its way to the call, and cannot be taken back. */
const attemptUnderWay = (): ApiError =>
  new ApiError(
    PROBLEMS.attempt_under_way,
    'an attempt is under way; withdraw the cancellation again if it has not ended in a few seconds',
  );

/** What another cancellation sends, or has sent, for this one too. */
const mayTakeEffect = ({ ended }: SharedAttempt): boolean =>
  ended === null || mayHaveTakenEffect(ended.attempt);

/** @throws {ApiError} `queue_answer_lost`: it is withdrawn, whatever became of the rest */
function lost(cause: unknown): never {
  throw actionAnswerLost(cause);
}
