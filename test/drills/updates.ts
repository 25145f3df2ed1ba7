import type { CallView, UpdateRecord } from '../../src/simulator/calls/call-view.js';

/** A busy simulator records a POST up to this much later than it was sent. */
export const NOTED_WITHIN_MS = 1000;

export interface Limits {
  /** After this time without an answer, the service treats a POST as failed. */
  readonly requestTimeoutMs: number;
  /** After this time without a fetch, it treats an accepted POST as failed. */
  readonly confirmationTimeoutMs: number;
  /** When the service may have lost what it knew about its POSTs, in epoch milliseconds. */
  readonly interruptions: readonly Interruption[];
}

export interface Interruption {
  readonly from: number;
  readonly to: number;
}

/** The number of POSTs that followed one that had worked and that the service still knew about. */
export function repeatsIn(call: CallView, limits: Limits): number {
  return pairsOf(call).filter(
    ([before, next]) => !wasInterrupted(before, next, limits) && !hasFailed(call, before, limits),
  ).length;
}

/** The number of POSTs that came before the previous one was answered and its document fetched. */
export function overlapsIn(call: CallView, limits: Limits): number {
  return pairsOf(call).filter(([before, next]) => {
    if (wasInterrupted(before, next, limits)) return false;
    return Date.parse(next.at) < endOf(call, before, limits);
  }).length;
}

/** Whether a document was lost on its way during a fault, which the service cannot see. */
export const isDocumentLostIn = ({ fetches }: CallView, { interruptions }: Limits): boolean =>
  fetches.some(({ status, startedAt, durationMs }) => {
    const start = Date.parse(startedAt);
    return status === null && interruptions.some(({ from, to }) => start <= to && from <= start + durationMs);
  });

function pairsOf({ updates }: CallView): [UpdateRecord, UpdateRecord][] {
  return updates.slice(1).map((next, index) => [updates[index] as UpdateRecord, next]);
}

const wasInterrupted = (before: UpdateRecord, next: UpdateRecord, { interruptions }: Limits): boolean =>
  interruptions.some(({ from, to }) => Date.parse(before.at) <= to && from <= Date.parse(next.at));

/** In the service's eyes: refused, unreadable, answered late or never, or not followed by a fetch in time. */
function hasFailed(call: CallView, update: UpdateRecord, limits: Limits): boolean {
  if (update.status === null || update.status >= 300 || update.fault?.body !== undefined) return true;
  const answered = Date.parse(String(update.answeredAt));
  if (answered >= timeLimitOf(update, limits)) return true;
  const fetched = fetchedAt(call, update);
  return fetched === null || fetched >= answered + limits.confirmationTimeoutMs;
}

/** When the service knew the outcome or gave up waiting, in epoch milliseconds. */
function endOf(call: CallView, update: UpdateRecord, limits: Limits): number {
  const answered = update.answeredAt === null ? Date.parse(update.at) : Date.parse(update.answeredAt);
  if (answered >= timeLimitOf(update, limits)) return timeLimitOf(update, limits);
  const fetched = fetchedAt(call, update) ?? answered;
  return Math.max(answered, Math.min(fetched, answered + limits.confirmationTimeoutMs));
}

/** When the service treats it as failed; it sent the POST before a busy simulator recorded it. */
const timeLimitOf = ({ at }: UpdateRecord, { requestTimeoutMs }: Limits): number =>
  Date.parse(at) + Math.max(0, requestTimeoutMs - NOTED_WITHIN_MS);

/** When the document named by this update was fetched, in epoch milliseconds. */
function fetchedAt({ fetches }: CallView, { at, params, applied, fault }: UpdateRecord): number | null {
  // Another attempt may name the same document, so earlier fetches do not count.
  if (!applied || fault?.fetch === 'none') return null;
  const fetch = fetches.find(
    ({ url, status, startedAt }) =>
      status === 200 && startedAt >= at && (url === params['Url'] || url === params['FallbackUrl']),
  );
  return fetch === undefined ? null : Date.parse(fetch.startedAt);
}
