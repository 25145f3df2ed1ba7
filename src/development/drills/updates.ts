import type { CallView, FetchRecord, UpdateRecord } from '../../simulator/calls/call-view.js';

export interface Limits {
  /** After which the service takes a POST for failed. */
  readonly requestTimeoutMs: number;
  /** After which it takes an accepted one for failed that no fetch has followed. */
  readonly confirmationTimeoutMs: number;
  /** When what the service knew of a POST may have been lost, in epoch milliseconds. */
  readonly interruptions: readonly Interruption[];
}

export interface Interruption {
  readonly from: number;
  readonly to: number;
}

/** How many POSTs came after one that had worked, and that nothing had made the service forget. */
export function repeatsIn(call: CallView, limits: Limits): number {
  return pairsOf(call).filter(
    ([before, next]) => !wasInterrupted(before, next, limits) && !hasFailed(call, before, limits),
  ).length;
}

/** How many POSTs came before the one before had been answered and its document fetched. */
export function overlapsIn(call: CallView, limits: Limits): number {
  return pairsOf(call).filter(([before, next]) => {
    if (wasInterrupted(before, next, limits)) return false;
    return Date.parse(next.at) < endOf(call, before, limits);
  }).length;
}

function pairsOf({ updates }: CallView): [UpdateRecord, UpdateRecord][] {
  return updates.slice(1).map((next, index) => [updates[index] as UpdateRecord, next]);
}

const wasInterrupted = (before: UpdateRecord, next: UpdateRecord, { interruptions }: Limits): boolean =>
  interruptions.some(({ from, to }) => Date.parse(before.at) <= to && from <= Date.parse(next.at));

/** As the service sees it: refused, unreadable, answered late or not at all, or not followed by a fetch in time. */
function hasFailed(call: CallView, update: UpdateRecord, limits: Limits): boolean {
  if (update.status === null || update.status >= 300 || update.fault?.body !== undefined) return true;
  const answered = Date.parse(String(update.answeredAt));
  if (answered - Date.parse(update.at) >= limits.requestTimeoutMs) return true;
  const fetch = fetchAfter(call, update);
  return fetch === undefined || Date.parse(fetch.startedAt) - answered >= limits.confirmationTimeoutMs;
}

/** When the service could know what came of it, or stopped waiting. Epoch milliseconds. */
function endOf(call: CallView, update: UpdateRecord, limits: Limits): number {
  const sent = Date.parse(update.at);
  const answered = update.answeredAt === null ? sent : Date.parse(update.answeredAt);
  const fetch = fetchAfter(call, update);
  const fetched = fetch === undefined ? answered : Date.parse(fetch.startedAt);
  const limit = Math.min(answered, sent + limits.requestTimeoutMs) + limits.confirmationTimeoutMs;
  return Math.min(Math.max(Math.min(answered, sent + limits.requestTimeoutMs), fetched), limit);
}

function fetchAfter({ fetches }: CallView, { at, params }: UpdateRecord): FetchRecord | undefined {
  return fetches.find(
    ({ url, status, startedAt }) =>
      status === 200 && startedAt >= at && (url === params['Url'] || url === params['FallbackUrl']),
  );
}
