import type { CallView, UpdateRecord } from '../../src/simulator/calls/call-view.js';

/** Between the moment at which a POST is sent and the one at which a busy simulator notes it. */
export const NOTED_WITHIN_MS = 1000;

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
  if (answered >= timeLimitOf(update, limits)) return true;
  const fetched = fetchedAt(call, update);
  return fetched === null || fetched >= answered + limits.confirmationTimeoutMs;
}

/** When the service could know what came of it, or stopped waiting. Epoch milliseconds. */
function endOf(call: CallView, update: UpdateRecord, limits: Limits): number {
  const answered = update.answeredAt === null ? Date.parse(update.at) : Date.parse(update.answeredAt);
  if (answered >= timeLimitOf(update, limits)) return timeLimitOf(update, limits);
  const fetched = fetchedAt(call, update) ?? answered;
  return Math.max(answered, Math.min(fetched, answered + limits.confirmationTimeoutMs));
}

/** When the service takes it for failed, which has sent it a moment before a busy simulator notes it. */
const timeLimitOf = ({ at }: UpdateRecord, { requestTimeoutMs }: Limits): number =>
  Date.parse(at) + Math.max(0, requestTimeoutMs - NOTED_WITHIN_MS);

/** When the document was fetched that this update names, in epoch milliseconds. */
function fetchedAt({ fetches }: CallView, { at, params, applied, fault }: UpdateRecord): number | null {
  // All attempts of a cancellation name the same document.
  if (!applied || fault?.fetch === 'none') return null;
  const fetch = fetches.find(
    ({ url, status, startedAt }) =>
      status === 200 && startedAt >= at && (url === params['Url'] || url === params['FallbackUrl']),
  );
  return fetch === undefined ? null : Date.parse(fetch.startedAt);
}
