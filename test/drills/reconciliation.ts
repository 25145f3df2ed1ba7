import type { CallView } from '../../src/simulator/calls/call-view.js';
import type { Accepted } from './parts/caller.js';
import type { Cancellation } from './parts/cancellation.js';
import { isDocumentLostIn, NOTED_WITHIN_MS, overlapsIn, repeatsIn } from './updates.js';
import type { Limits } from './updates.js';

/** What the callers, the service and SignalWire know after a drill. */
export interface Accounts {
  /** All that was answered with 202. */
  readonly accepted: readonly Accepted[];
  /** Those of them that the API still knows. */
  readonly found: ReadonlyMap<string, Cancellation>;
  /** Their states in the queue; more than one is wrong. */
  readonly states: ReadonlyMap<string, readonly string[]>;
  /** The calls as SignalWire saw them. */
  readonly calls: readonly CallView[];
  readonly limits: Limits;
  /** The fault destroys data, so accepted cancellations may be gone. */
  readonly mayLose: boolean;
}

export interface Reconciled {
  /** Accepted, and now unknown or unfinished. */
  readonly lost: number;
  /** Repeated POSTs that no fault explains. */
  readonly doubled: number;
  readonly violations: readonly string[];
}

const FINISHED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'expired', 'withdrawn']);

/** Compares what both sides know. */
export function reconcile(accounts: Accounts): Reconciled {
  const { accepted, found, states, calls, limits, mayLose } = accounts;
  const missing = accepted.filter(({ id }) => !found.has(id));
  const known = accepted.flatMap(({ id }) => found.get(id) ?? []);
  const unfinished = known.filter(({ status }) => !FINISHED.has(status));
  const inSeveral = accepted.filter(({ id }) => (states.get(id)?.length ?? 0) > 1);
  const cancellationsOf = countBy(known, ({ callSid }) => callSid);
  const asked = new Set(accepted.map(({ callSid }) => callSid));
  const doubled = calls.reduce(
    (sum, call) => sum + doublesIn(call, cancellationsOf.get(call.sid) ?? 1, limits),
    0,
  );
  const bySid = new Map(calls.map((call) => [call.sid, call]));
  return {
    lost: missing.length + unfinished.length,
    doubled,
    violations: [
      mayLose ? [] : some(missing, ({ id }) => id, 'accepted, but unknown now'),
      some(unfinished, ({ id, status }) => `${id} ${status}`, 'unfinished'),
      some(inSeveral, ({ id }) => `${id} in ${states.get(id)?.join()}`, 'in two states'),
      some(
        known.filter(isUnproven(bySid, limits)),
        ({ id }) => id,
        'succeeded without a fetch or with a live stream',
      ),
      some(known.filter(isLate(bySid)), ({ id }) => id, 'sent after the deadline'),
      some(
        calls.filter(({ sid, updates }) => updates.length > 0 && !asked.has(sid)),
        ({ sid }) => sid,
        'sent although nothing was accepted for the call',
      ),
      some(
        calls.filter((call) => overlapsIn(call, limits) > 0),
        ({ sid }) => sid,
        'calls with overlapping updates',
      ),
      doubled > 0 ? [`${doubled} POSTs too many`] : [],
    ].flat(),
  };
}

/** Each further cancellation of a call may have a POST of its own. */
const doublesIn = (call: CallView, cancellations: number, limits: Limits): number =>
  Math.max(0, repeatsIn(call, limits) - (cancellations - 1));

const isUnproven =
  (calls: ReadonlyMap<string, CallView>, limits: Limits) =>
  ({ status, evidence, callSid, streamName }: Cancellation): boolean => {
    const call = calls.get(callSid);
    if (status !== 'succeeded' || evidence !== 'document_fetched' || call === undefined) return false;
    if (isDocumentLostIn(call, limits)) return false;
    const isStopped = call.streams.every(
      ({ name, status: state }) => name !== streamName || state === 'stopped',
    );
    return !isStopped || !call.fetches.some(({ status: answered }) => answered === 200);
  };

/** By the service's own record, and by what SignalWire saw. */
const isLate =
  (calls: ReadonlyMap<string, CallView>) =>
  ({ attempts, callSid, deadline }: Cancellation): boolean => {
    const end = Date.parse(deadline);
    const last = calls.get(callSid)?.updates.at(-1);
    return (
      attempts.some(({ startedAt }) => Date.parse(startedAt) > end) ||
      (last !== undefined && Date.parse(last.at) > end + NOTED_WITHIN_MS)
    );
  };

function countBy<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

/** For example `3 unfinished (a, b, ...)`. */
function some<T>(those: readonly T[], shown: (item: T) => string, what: string): string[] {
  if (those.length === 0) return [];
  const examples = those.slice(0, 2).map(shown).join(', ');
  return [`${those.length} ${what} (${examples}${those.length > 2 ? ', ...' : ''})`];
}
