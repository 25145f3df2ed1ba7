import type { CancellationData } from './data.js';
import { EMPTY_RECORD } from './record.js';
import type { CancellationRecord } from './record.js';

/** A cancellation as the queue keeps it: one BullMQ job. */
export interface StoredCancellation {
  readonly id: string;
  readonly data: CancellationData;
  readonly record: CancellationRecord;
  /** Whether a worker has the job in its hands; otherwise an attempt that is still open was lost with its worker. */
  readonly isActive: boolean;
  /** Epoch milliseconds; null while it is unfinished. */
  readonly finishedAt: number | null;
  /** BullMQ's reason for the end of a job that failed; null for any other. */
  readonly failedReason: string | null;
}

/** A cancellation that is to be queued. */
export interface NewCancellation extends Pick<StoredCancellation, 'id' | 'data'> {
  /** Whether fresh cancellations of other calls come first. */
  readonly startsLater?: boolean;
}

/** A cancellation as it is stored at first. */
export const newlyStored = ({ id, data }: NewCancellation): StoredCancellation => ({
  id,
  data,
  record: EMPTY_RECORD,
  isActive: false,
  finishedAt: null,
  failedReason: null,
});
