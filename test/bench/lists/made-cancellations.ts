import { v7 as uuidv7 } from 'uuid';
import { EMPTY_RECORD } from '../../../src/cancellation/record.js';
import type { CancellationRecord } from '../../../src/cancellation/record.js';
import type { StoredCancellation } from '../../../src/cancellation/stored-cancellation.js';

/** How many have each of the rare values: a page of them, whatever the size of the list. */
export const RARE = 50;

const HOUR_MS = 3_600_000;
/** Over which they were accepted. */
const SPAN_MS = 10 * HOUR_MS;

/** Every `n`-th failed, and so on; the others succeeded. */
const FAILED_EVERY = 20;
const EXPIRED_EVERY = 97;
const QUEUED_EVERY = 89;
const NAMES = 1000;

export const NAMED = { usual: 'stream', oneOfMany: 'stream-7', rare: 'rare-stream' } as const;
export const PROJECTS = { usual: 'default', rare: 'rare-project' } as const;
export const CALLERS = { usual: 'billing', rare: 'rare-caller' } as const;
export const callSidOf = (index: number): string => `bench-lists-${index}`;

/** When the cancellation at this index of `count` was accepted, in epoch ms; the newest at `now`. */
export const acceptedAt = (index: number, count: number, now: number): number =>
  Math.round(now - SPAN_MS * (1 - index / count));

/** One of `count` cancellations of an ordinary day, most of which have ended. */
export function madeCancellation(index: number, count: number, now: number): StoredCancellation {
  const isRare = index % Math.floor(count / RARE) === 0;
  const createdAt = acceptedAt(index, count, now);
  const end = endOf(index, createdAt, isRare);
  return {
    id: uuidv7({ msecs: createdAt }),
    data: {
      project: isRare ? PROJECTS.rare : PROJECTS.usual,
      callSid: callSidOf(index),
      streamName: isRare ? NAMED.rare : index % 2 === 0 ? NAMED.usual : `stream-${index % NAMES}`,
      then: [{ say: 'Stopping stream' }],
      createdAt,
      deadline: createdAt + HOUR_MS,
      requestedBy: isRare ? CALLERS.rare : CALLERS.usual,
    },
    isActive: false,
    ...end,
  };
}

type End = Pick<StoredCancellation, 'record' | 'finishedAt' | 'failedReason'>;

function endOf(index: number, createdAt: number, isRare: boolean): End {
  const finishedAt = createdAt + 1000;
  const ended = (fields: Partial<CancellationRecord>, failedReason: string | null): End => ({
    record: { ...EMPTY_RECORD, ...fields },
    finishedAt,
    failedReason,
  });
  if (!isRare && index % QUEUED_EVERY === 0) return { ...ended({}, null), finishedAt: null };
  if (!isRare && index % EXPIRED_EVERY === 0)
    return ended({ givenUp: 'deadline', waitingFor: 'unavailable' }, 'expired');
  // No reason of ours: it took its worker down.
  if (isRare) return ended({}, 'poisoned');
  if (index % FAILED_EVERY === 0)
    return ended({ givenUp: 'refused', waitingFor: 'throttled' }, 'failed: the rate limit');
  return ended({ acceptedAt: createdAt + 100, documentFetchedAt: createdAt + 150 }, null);
}
