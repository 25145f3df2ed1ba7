import { describe, expect, it } from 'vitest';
import {
  callbackEventOf,
  EMPTY_CALLBACK_RECORD,
  withCallbackAttempt,
  withRedelivery,
} from '../../../src/cancellation/callback/callback.js';
import type { CallbackAttempt } from '../../../src/cancellation/callback/callback.js';
import { callbackViewsOf } from '../../../src/cancellation/callback/callback-view.js';

const T0 = Date.UTC(2026, 8, 21);
const URL = 'https://app.example.com/stopped';

const attempt = (fields: Partial<CallbackAttempt> = {}): CallbackAttempt => ({
  startedAt: T0,
  durationMs: 20,
  outcome: 'rejected',
  httpStatus: 500,
  message: 'the receiver answered 500',
  ...fields,
});

describe('the record of a callback', () => {
  it('counts its attempts, from the first of which its time runs', () => {
    const first = withCallbackAttempt(EMPTY_CALLBACK_RECORD, attempt(), T0 + 5000);
    const second = withCallbackAttempt(first, attempt({ startedAt: T0 + 5000 }), T0 + 20_000);
    expect(second).toMatchObject({
      attemptsMade: 2,
      dueSince: T0,
      nextAttemptAt: T0 + 20_000,
      deliveredAt: null,
    });
    expect(second.attempts).toHaveLength(2);
  });

  it('keeps the last 30 attempts', () => {
    let record = EMPTY_CALLBACK_RECORD;
    for (let at = 0; at < 40; at += 1) record = withCallbackAttempt(record, attempt({ startedAt: at }), null);
    expect(record.attempts.map(({ startedAt }) => startedAt)).toEqual(
      Array.from({ length: 30 }, (_, at) => at + 10),
    );
    expect(record.attemptsMade).toBe(40);
  });

  it('has all of its time again when it is delivered again, and keeps its history', () => {
    const delivered = attempt({ outcome: 'delivered', httpStatus: 200, message: null });
    const record = withRedelivery(withCallbackAttempt(EMPTY_CALLBACK_RECORD, delivered, null));
    expect(record).toEqual({
      attempts: [delivered],
      attemptsMade: 0,
      dueSince: null,
      nextAttemptAt: null,
      deliveredAt: T0 + 20,
    });
  });

  it.each([
    ['succeeded', 'cancellation.succeeded'],
    ['failed', 'cancellation.failed'],
    ['expired', 'cancellation.expired'],
    ['withdrawn', 'cancellation.withdrawn'],
    ['queued', null],
    ['running', null],
    ['retrying', null],
  ])('of a cancellation that is %s reports %s', (status, event) => {
    expect(callbackEventOf(status)).toBe(event);
  });
});

describe('the view of callbacks', () => {
  const record = withCallbackAttempt(EMPTY_CALLBACK_RECORD, attempt(), T0 + 5000);

  it('is empty where the cancellation has none', () => {
    expect(callbackViewsOf(undefined, 'succeeded', null)).toEqual([]);
  });

  it('is pending before the end', () => {
    expect(callbackViewsOf(URL, 'running', null)).toEqual([
      { url: URL, event: null, status: 'pending', attempts: [], nextAttemptAt: null, deliveredAt: null },
    ]);
  });

  it('shows the attempts, and the next one while there is one', () => {
    const [pending] = callbackViewsOf(URL, 'failed', { status: 'pending', record });
    expect(pending).toEqual({
      url: URL,
      event: 'cancellation.failed',
      status: 'pending',
      attempts: [{ ...attempt(), startedAt: '2026-09-21T00:00:00.000Z' }],
      nextAttemptAt: '2026-09-21T00:00:05.000Z',
      deliveredAt: null,
    });
    const [failed] = callbackViewsOf(URL, 'failed', { status: 'failed', record });
    expect(failed).toMatchObject({ status: 'failed', nextAttemptAt: null });
  });
});
