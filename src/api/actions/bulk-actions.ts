import { Injectable } from '@nestjs/common';
import type { Caller } from '../../access/caller.js';
import type { StoredCancellation } from '../../cancellation/stored-cancellation.js';
import { ApiError } from '../../platform/http/problems/api-error.js';
import { audited } from '../../platform/logging/audit.js';
import { inSlices } from '../../platform/in-slices.js';
import { answeredInTime } from '../../queue/connections/answered-in-time.js';
import { ApiConnection } from '../../queue/connections/api.connection.js';
import type { ListFilter } from '../../queue/listing/filter.js';
import { Lists, NEWEST } from '../../queue/listing/lists.js';
import type { Page } from '../../queue/listing/lists.js';
import { knownTo } from '../lists/filter.dto.js';
import { bulkFilterOf, MOST_AT_ONCE } from './bulk.dto.js';
import type { BulkRequest, BulkResult } from './bulk.dto.js';
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
    const filter = bulkFilterOf(request, ['failed', 'expired', 'withdrawn']);
    return this.act('bulk retry', request, { ...filter, isRetried: false }, caller, async (id) => {
      const { isDuplicate } = await this.retrying.retry(id, caller, true);
      return !isDuplicate;
    });
  }

  async withdraw(request: BulkRequest, caller: Caller | null): Promise<Partial<BulkResult>> {
    const filter = bulkFilterOf(request, ['queued', 'retrying']);
    return this.act('bulk withdraw', request, filter, caller, async (id) => {
      await this.withdrawing.withdraw(id, caller);
      return true;
    });
  }

  /** @param actOn does it to one; false if nothing had to be done */
  private async act(
    name: string,
    { dryRun }: BulkRequest,
    wanted: ListFilter,
    caller: Caller | null,
    actOn: (id: string) => Promise<boolean>,
  ): Promise<Partial<BulkResult>> {
    const filter = knownTo(caller, wanted);
    const inTime = <T>(work: () => Promise<T>): Promise<T> => answeredInTime(this.connection, work);
    if (dryRun === true) return inTime(async () => ({ matched: await this.lists.count(filter) }));
    const act = { name, by: caller?.name ?? null, filter };
    return audited(
      act,
      () => inTime(() => this.actOnFirst(filter, actOn)),
      (result) => result,
    );
  }

  private async actOnFirst(filter: ListFilter, actOn: (id: string) => Promise<boolean>): Promise<BulkResult> {
    const matched = await this.lists.count(filter);
    const { items, isAll } = await this.newest(filter);
    const results = await inSlices(items, ({ id }) => actOn(id).catch(unlessRefused), AT_ONCE);
    const done = results.filter(Boolean).length;
    const skipped = results.length - done;
    return { matched, done, skipped, remaining: isAll ? 0 : Math.max(0, matched - results.length) };
  }

  /** As many as one request handles: a page is short where the list has entries whose job was lost in a crash, or has changed. */
  private async newest(filter: ListFilter): Promise<{ items: StoredCancellation[]; isAll: boolean }> {
    const items: StoredCancellation[] = [];
    let before: number | null = NEWEST;
    while (before !== null && items.length < MOST_AT_ONCE) {
      const page: Page = await this.lists.page(filter, before, MOST_AT_ONCE - items.length);
      items.push(...page.items);
      before = page.next;
    }
    return { items, isAll: before === null };
  }
}

/**
 * A cancellation that has changed meanwhile is skipped. Redis out of reach ends the request; what is done stays done.
 */
function unlessRefused(error: unknown): false {
  if (error instanceof ApiError && error.status < 500) return false;
  throw error;
}
