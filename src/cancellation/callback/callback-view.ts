import { callbackEventOf } from './callback.js';
import type { CALLBACK_STATUSES, CallbackAttempt, CallbackEvent, StoredCallback } from './callback.js';

/** An attempt to deliver a callback, as the API shows it. */
export interface CallbackAttemptView extends Omit<CallbackAttempt, 'startedAt'> {
  readonly startedAt: string;
}

/** A callback as the API shows it; times are ISO 8601 in UTC. */
export interface CallbackView {
  readonly url: string;
  /** Null while the cancellation has not ended. */
  readonly event: CallbackEvent | null;
  readonly status: (typeof CALLBACK_STATUSES)[number];
  readonly attempts: readonly CallbackAttemptView[];
  readonly nextAttemptAt: string | null;
  readonly deliveredAt: string | null;
}

/**
 * The callbacks of a cancellation.
 *
 * @param url undefined if it has none
 * @param callback null before it is queued
 */
export function callbackViewsOf(
  url: string | undefined,
  status: string,
  callback: StoredCallback | null,
): CallbackView[] {
  if (url === undefined) return [];
  return [
    {
      url,
      event: callbackEventOf(status),
      status: callback?.status ?? 'pending',
      attempts: callback?.record.attempts.map(attemptViewOf) ?? [],
      nextAttemptAt: callback?.status === 'pending' ? isoOrNull(callback.record.nextAttemptAt) : null,
      deliveredAt: isoOrNull(callback?.record.deliveredAt ?? null),
    },
  ];
}

const attemptViewOf = (attempt: CallbackAttempt): CallbackAttemptView => ({
  startedAt: new Date(attempt.startedAt).toISOString(),
  durationMs: attempt.durationMs,
  outcome: attempt.outcome,
  httpStatus: attempt.httpStatus,
  message: attempt.message,
});

const isoOrNull = (epochMs: number | null): string | null =>
  epochMs === null ? null : new Date(epochMs).toISOString();
