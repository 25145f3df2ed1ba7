export const CALLBACK_EVENTS = [
  'cancellation.succeeded',
  'cancellation.failed',
  'cancellation.expired',
  'cancellation.withdrawn',
] as const;
export type CallbackEvent = (typeof CALLBACK_EVENTS)[number];

export const CALLBACK_STATUSES = ['pending', 'delivered', 'failed'] as const;

/**
 * How an attempt ended: the receiver answered 2xx, 410 or anything else, did not answer in time or could not be
 * reached, or nothing was sent because the service may not call the address.
 */
export const CALLBACK_OUTCOMES = [
  'delivered',
  'gone',
  'rejected',
  'timeout',
  'unreachable',
  'not_allowed',
] as const;
export type CallbackOutcome = (typeof CALLBACK_OUTCOMES)[number];

/** One POST to a receiver. */
export interface CallbackAttempt {
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: CallbackOutcome;
  readonly httpStatus: number | null;
  readonly message: string | null;
}

/** Everything that has happened to a callback: the progress of its job. Times are epoch milliseconds. */
export interface CallbackRecord {
  /** The last `MAX_CALLBACK_ATTEMPTS_KEPT` of them. */
  readonly attempts: readonly CallbackAttempt[];
  /** How many were made since the callback was queued, or last asked for again. */
  readonly attemptsMade: number;
  /** Since when it is to be delivered; null until the first attempt. */
  readonly dueSince: number | null;
  readonly nextAttemptAt: number | null;
  readonly deliveredAt: number | null;
}

/** A callback as its queue keeps it. */
export interface StoredCallback {
  readonly status: (typeof CALLBACK_STATUSES)[number];
  readonly record: CallbackRecord;
}

export const EMPTY_CALLBACK_RECORD: CallbackRecord = {
  attempts: [],
  attemptsMade: 0,
  dueSince: null,
  nextAttemptAt: null,
  deliveredAt: null,
};

/** More than fit into a day. */
export const MAX_CALLBACK_ATTEMPTS_KEPT = 30;

/** @returns null while the cancellation has not ended */
export const callbackEventOf = (status: string): CallbackEvent | null =>
  CALLBACK_EVENTS.find((event) => event === `cancellation.${status}`) ?? null;

/** @param nextAttemptAt null if it was the last attempt */
export const withCallbackAttempt = (
  record: CallbackRecord,
  attempt: CallbackAttempt,
  nextAttemptAt: number | null,
): CallbackRecord => ({
  attempts: [...record.attempts, attempt].slice(-MAX_CALLBACK_ATTEMPTS_KEPT),
  attemptsMade: record.attemptsMade + 1,
  dueSince: record.dueSince ?? attempt.startedAt,
  nextAttemptAt,
  deliveredAt: attempt.outcome === 'delivered' ? attempt.startedAt + attempt.durationMs : record.deliveredAt,
});

/** It is to be delivered again, with as much time as at first. */
export const withRedelivery = (record: CallbackRecord): CallbackRecord => ({
  ...record,
  attemptsMade: 0,
  dueSince: null,
  nextAttemptAt: null,
});
