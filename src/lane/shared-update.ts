import { asksForSource } from '../cancellation/document-source.js';
import type { StoredCancellation } from '../cancellation/stored-cancellation.js';
import { wayOf } from '../cancellation/strategy.js';

/** How many streams one document stops at most, so that any server reads its URL. */
export const MAX_SHARED = 20;
const MAX_NAME_BYTES = 1000;

type Member = Pick<StoredCancellation, 'id' | 'data' | 'record' | 'finishedAt'>;

/** Oldest first. The ids of one request are in the order in which it names its streams. */
export const byAge = (one: Pick<Member, 'id' | 'data'>, other: Pick<Member, 'id' | 'data'>): number =>
  one.data.createdAt - other.data.createdAt || (one.id < other.id ? -1 : 1);

/** Of several, the one that says what the call does next: the newest whose request says so itself, else the newest. */
export function decisiveOf<T extends Pick<Member, 'id' | 'data'>>(members: readonly T[]): T | undefined {
  const sorted = members.toSorted(byAge);
  return sorted.findLast(({ data }) => data.isThenRequested === true) ?? sorted.at(-1);
}

/** Whether a document of ours that stops other streams may stop this one too. */
export const canShare = ({ data, record, finishedAt }: Member, now: number): boolean =>
  finishedAt === null &&
  record.withdrawnAt === null &&
  now < data.deadline &&
  data.streamName !== null &&
  !asksForSource(data) &&
  wayOf(data, record).by !== 'stream_resource';

/**
 * As many as fit into one document beside `own`: first the one that says what the call does next, then the oldest.
 *
 * @param own the cancellation whose run sends the update
 */
export function selectForSharedUpdate<T extends Member>(
  own: Pick<Member, 'data'>,
  members: readonly T[],
): T[] {
  const first = decisiveOf(members);
  if (first === undefined) return [];
  const rest = members.filter((member) => member !== first).toSorted(byAge);
  let nameBytes = nameBytesOf(own);
  return [first, ...rest].slice(0, MAX_SHARED - 1).filter((member) => {
    const fits = nameBytes + nameBytesOf(member) <= MAX_NAME_BYTES;
    if (fits) nameBytes += nameBytesOf(member);
    return fits;
  });
}

const nameBytesOf = ({ data }: Pick<Member, 'data'>): number =>
  Buffer.byteLength(JSON.stringify(data.streamName));
