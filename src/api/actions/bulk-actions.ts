import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { audited } from '../../platform/logging/audit.js';
import { inSlices } from '../../platform/in-slices.js';
import { answeredInTime } from '../../queue/connections/answered-in-time.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import type { ListFilter } from '../../queue/listing/filter.js';
import { Lists } from '../../queue/listing/lists.js';
import { knownTo } from '../lists/filter.dto.js';
import { bulkFilterOf, MOST_AT_ONCE } from './bulk.dto.js';
import type { BulkRequest, BulkResult } from './bulk.dto.js';
import { actionAnswerLost } from './errors.js';
import { Retrying } from './retrying.js';
import { Withdrawing } from './withdrawing.js';

/** How many are acted on before other requests run. */
const AT_ONCE = 50;

/** Acts on all cancellations that match a filter, some at a time. */
@Injectable()
export class BulkActions {
  constructor(
    private readonly connection: ApiConnection,
    private readonly lists: Lists,
    private readonly withdrawing: Withdrawing,
    private readonly retrying: Retrying,
  ) {}

  async retry(request: BulkRequest, caller: Caller | null): Promise<Partial<BulkResult>> {
    const filter = bulkFilterOf(request, request.retried === true ? [] : ['failed', 'expired', 'withdrawn']);
    return this.act('bulk retry', request, { ...filter, isRetried: false }, caller, async (id) => {
      await this.retrying.retry(id, caller, true);
    });
  }

  async withdraw(request: BulkRequest, caller: Caller | null): Promise<Partial<BulkResult>> {
    const filter = bulkFilterOf(request, ['queued', 'retrying']);
    return this.act('bulk withdraw', request, filter, caller, async (id) => {
      await this.withdrawing.withdraw(id, caller);
    });
  }

  private async act(
    name: string,
    { dryRun }: BulkRequest,
    wanted: ListFilter,
    caller: Caller | null,
    actOn: (id: string) => Promise<void>,
  ): Promise<Partial<BulkResult>> {
    const filter = knownTo(caller, wanted);
    if (dryRun === true)
      return answeredInTime(this.connection, async () => ({ matched: await this.lists.count(filter) }));
    const act = { name, by: caller?.name ?? null, filter };
    return audited(
      act,
      () => answeredInTime(this.connection, () => this.actOnFirst(filter, actOn), actionAnswerLost),
      (result) => result,
    );
  }

  private async actOnFirst(filter: ListFilter, actOn: (id: string) => Promise<void>): Promise<BulkResult> {
    const matched = await this.lists.count(filter);
    const { items, isAll } = await this.lists.newest(filter, MOST_AT_ONCE);
    const results = await inSlices(items, ({ id }) => actOn(id).then(isDone, unlessRefused), AT_ONCE);
    const done = results.filter(Boolean).length;
    const skipped = results.length - done;
    return { matched, done, skipped, remaining: isAll ? 0 : Math.max(0, matched - results.length) };
  }
}

const isDone = (): true => true;

/**
 * A cancellation that has changed meanwhile is skipped. Redis out of reach ends the request; what is done stays done.
 *
 * @throws {ApiError} `queue_answer_lost`
 */
function unlessRefused(error: unknown): false {
  if (error instanceof ApiError && error.status < 500) return false;
  throw actionAnswerLost(error);
}
