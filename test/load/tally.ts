import type { Caller } from '../drills/parts/caller.js';
import type { Cancellation } from '../drills/parts/cancellation.js';
import type { FaultKind } from './faults.js';

/** How many cancellations are read before they are counted. */
const AT_ONCE = 5000;

const ENDS = ['succeeded', 'failed', 'expired'] as const;
type End = (typeof ENDS)[number];

/** What became of all accepted cancellations. */
export interface Tally {
  readonly accepted: number;
  readonly ends: Readonly<Record<End, number>>;
  /** Accepted, and now unknown or unfinished. */
  readonly lost: number;
  /** From acceptance until the stop document was fetched, in ms. */
  readonly timesToStop: ReadonlyMap<FaultKind, readonly number[]>;
}

/** @param kindOf the fault that the first update of a call met */
export async function tallyOf(
  caller: Pick<Caller, 'accepted' | 'find'>,
  kindOf: (callSid: string) => FaultKind,
): Promise<Tally> {
  const ids = [...caller.accepted.keys()];
  const ends = { succeeded: 0, failed: 0, expired: 0 };
  const timesToStop = new Map<FaultKind, number[]>();
  for (let first = 0; first < ids.length; first += AT_ONCE) {
    for (const cancellation of (await caller.find(ids.slice(first, first + AT_ONCE))).values()) {
      const end = ENDS.find((status) => status === cancellation.status);
      if (end !== undefined) ends[end] += 1;
      const time = timeToStop(cancellation);
      const kind = kindOf(cancellation.callSid);
      if (time === null) continue;
      const times = timesToStop.get(kind) ?? [];
      times.push(time);
      timesToStop.set(kind, times);
    }
  }
  const ended = ENDS.reduce((sum, end) => sum + ends[end], 0);
  return { accepted: ids.length, ends, lost: ids.length - ended, timesToStop };
}

const timeToStop = ({ createdAt, documentFetchedAt }: Cancellation): number | null =>
  documentFetchedAt === null ? null : Date.parse(documentFetchedAt) - Date.parse(createdAt);
