import { describe, expect, it } from 'vitest';
import type { Attempt, CancellationRecord, GiveUpReason } from '../../src/cancellation/record.js';
import type { WaitingFor } from '../../src/cancellation/vocabulary.js';
import {
  msBeforeReplacing,
  msUnconfirmed,
  msUnfetched,
  msUntilExpiry,
  nextAfterConfirmation,
  nextAtStart,
  nextByCallState,
} from '../../src/worker/decisions.js';
import type { KnownCallState, StartFacts } from '../../src/worker/decisions.js';
import { giveUp, SUCCEED, waitFor } from '../../src/worker/next.js';
import type { Next } from '../../src/worker/next.js';
import type { Time } from '../../src/worker/retry-policy.js';
import { T0, testAttempt, testRecord } from '../cancellation/fixtures/cancellation.js';
import { LIMITS, MUCH, NONE, RETRY, timeWith, TOO_LITTLE } from './fixtures/time.js';

const planned = (waitedFor: WaitingFor, inMs: number) => ({ waitedFor, plannedAt: MUCH.now + inMs });
const shared = (sharedOutcome: StartFacts['sharedOutcome']) => ({ sharedOutcome });

describe('the start of a run', () => {
  const FACTS: StartFacts = {
    record: testRecord(),
    waitedFor: null,
    plannedAt: null,
    isProven: false,
    isConfigured: true,
    sharedOutcome: null,
    isSharedUnderWay: false,
  };
  const PROVEN = { isProven: true };
  const UNKNOWN = { isConfigured: false };
  const SHARED = { isSharedUnderWay: true };
  const GIVEN_UP = { record: testRecord({ givenUp: 'refused' }) };
  const LAST = { record: testRecord({ retries: 7 }) };

  it.each<[string, Partial<StartFacts>, Time, Next | null]>([
    ['makes an attempt where nothing stands against it', {}, MUCH, null],
    ['makes its last attempt in the last second', {}, TOO_LITTLE, null],
    ['gives up at the deadline', {}, NONE, giveUp('deadline')],
    ['succeeds where it is proven', PROVEN, MUCH, SUCCEED],
    ['succeeds where it is proven, even after the deadline', PROVEN, NONE, SUCCEED],
    ['succeeds where it is proven, even of an unknown project', { ...PROVEN, ...UNKNOWN }, MUCH, SUCCEED],
    ['gives up again where its worker was lost just after', GIVEN_UP, MUCH, giveUp('refused')],
    ['waits for a project that is not configured', UNKNOWN, MUCH, waitFor('configuration', 5000)],
    ['gives up at the deadline though its project is unknown', UNKNOWN, NONE, giveUp('deadline')],
    [
      'waits for the answer to an attempt that another one sends for it',
      SHARED,
      MUCH,
      waitFor('report', 500),
    ],
    ['waits for that answer even if it is proven', { ...SHARED, ...PROVEN }, MUCH, waitFor('report', 500)],
    ['waits for that answer even after the deadline', SHARED, NONE, waitFor('report', 500)],
    ['makes an attempt after a shared one that was accepted', shared('accepted'), MUCH, null],
    ['retries after a shared attempt that was not confirmed', shared('not_confirmed'), MUCH, RETRY],
    ['retries after a shared 5xx', shared('provider_error'), MUCH, RETRY],
    ['retries after a shared timeout', shared('timeout'), MUCH, RETRY],
    ['retries after a shared attempt that was unreachable', shared('unreachable'), MUCH, RETRY],
    ['retries after a shared answer that was garbage', shared('invalid_response'), MUCH, RETRY],
    ['makes an attempt of its own after a shared rejection', shared('rejected'), MUCH, null],
    ['makes an attempt of its own after a shared 429', shared('rate_limited'), MUCH, null],
    ['makes an attempt of its own after shared refused credentials', shared('unauthorized'), MUCH, null],
    ['makes an attempt of its own after a shared 404', shared('call_not_found'), MUCH, null],
    [
      'gives up after a shared failure with no attempts left',
      { ...shared('timeout'), ...LAST },
      MUCH,
      giveUp('attempts'),
    ],
    ['gives up after a shared failure with no time left', shared('timeout'), TOO_LITTLE, giveUp('deadline')],
    ['sleeps on where its backoff is not over', planned('backoff', 900), MUCH, waitFor('backoff', 900)],
    ['sleeps on where its turn has not come', planned('rate', 900), MUCH, waitFor('rate', 900)],
    ['sleeps on where the call is not to be read yet', planned('answer', 900), MUCH, waitFor('answer', 900)],
    ['starts where it was woken a moment too early', planned('backoff', 250), MUCH, null],
    ['starts early where the call was given back', planned('call', 900), MUCH, null],
    ['starts early where its project works again', planned('throttled', 900), MUCH, null],
    ['starts early where its project may be configured', planned('configuration', 900), MUCH, null],
    ['starts late where nobody started it in time', planned('backoff', -9000), MUCH, null],
  ])('%s', (_, facts, time, next) => {
    expect(nextAtStart({ ...FACTS, ...facts }, time, LIMITS)).toEqual(next);
  });
});

const after = (...attempts: Partial<Attempt>[]) =>
  testRecord({ attempts: attempts.map((attempt) => testAttempt(attempt)) });

describe('the time between the last attempt and the deadline', () => {
  const UNREACHED = { outcome: 'unreachable', mayHaveArrived: false } as const;
  const LIMITED = { outcome: 'rate_limited', httpStatus: 429 } as const;

  it.each<[string, CancellationRecord, GiveUpReason, Time, number]>([
    [
      'is waited for after attempts that never arrived',
      after(UNREACHED, UNREACHED),
      'deadline',
      TOO_LITTLE,
      1000,
    ],
    ['is waited for after a refusal', after(LIMITED), 'deadline', TOO_LITTLE, 1000],
    ['is over at the deadline', after(UNREACHED), 'deadline', NONE, 0],
    [
      'is for evidence if an attempt may have taken effect',
      after({ outcome: 'timeout' }, UNREACHED),
      'deadline',
      TOO_LITTLE,
      0,
    ],
    ['is nothing to one that SignalWire refused for good', after(LIMITED), 'refused', TOO_LITTLE, 0],
    ['is nothing to one that has no attempt left', after(LIMITED), 'attempts', TOO_LITTLE, 0],
  ])('%s', (_, record, reason, time, ms) => {
    expect(msUntilExpiry(record, reason, time)).toBe(ms);
  });

  it('is not shortened by a start that comes too early', () => {
    const early = { ...NONE, now: NONE.deadline - 10 };
    const facts = { record: after(UNREACHED), waitedFor: 'backoff', plannedAt: NONE.deadline } as const;
    const rest = { isProven: false, isConfigured: true, sharedOutcome: null, isSharedUnderWay: false };
    expect(nextAtStart({ ...facts, ...rest }, early, LIMITS)).toEqual(waitFor('backoff', 10));
    expect(nextAtStart({ ...facts, ...rest }, NONE, LIMITS)).toEqual(giveUp('deadline'));
  });
});

/** That long after acceptance, with a minute in all unless `totalMs` says otherwise. */
const at = (ageMs: number, totalMs = 60_000): Time => ({
  now: T0 + ageMs,
  createdAt: T0,
  deadline: T0 + totalMs,
});

describe('the state of the call', () => {
  const SENT = testRecord({ attempts: [testAttempt({ startedAt: T0 })] });

  it.each<[number, number, Next]>([
    [0, 60_000, waitFor('answer', 500)],
    [4800, 60_000, waitFor('answer', 200)],
    [5000, 60_000, giveUp('refused')],
    [1400, 2000, waitFor('answer', 100)],
    [1500, 2000, giveUp('refused')],
  ])('unknown to SignalWire after %i ms of %i ms: %j', (ageMs, totalMs, next) => {
    expect(nextByCallState('not_found', SENT, at(ageMs, totalMs))).toEqual(next);
  });

  it.each<[KnownCallState, Next | null]>([
    [null, null],
    ['in-progress', null],
    ['unknown', null],
    ['ended', SUCCEED],
    ['not_found', waitFor('answer', 500)],
    ['waiting', waitFor('answer', 500)],
  ])('%s decides: %j', (state, next) => {
    expect(nextByCallState(state, SENT, at(100))).toEqual(next);
  });

  it.each([0, 30_000])('not found after an accepted update means that it is over, after %i ms', (ageMs) => {
    expect(nextByCallState('not_found', { ...SENT, acceptedAt: T0 }, at(ageMs))).toEqual(SUCCEED);
  });

  it.each([
    [100, 500],
    [2000, 500],
    [4000, 1000],
    [8000, 2000],
    [30_000, 2000],
  ])('of a call that has been ringing for %i ms is read again after %i ms', (ringsForMs, afterMs) => {
    expect(nextByCallState('waiting', SENT, at(ringsForMs))).toEqual(waitFor('answer', afterMs));
  });

  it('of a call that rings is read again by the time since the last attempt, not the first', () => {
    const attempts = [testAttempt({ startedAt: T0 - 60_000 }), testAttempt({ startedAt: T0 })];
    expect(nextByCallState('waiting', testRecord({ attempts }), at(4000))).toEqual(waitFor('answer', 1000));
  });

  it('of a call that rings is read again soon where nothing was sent', () => {
    expect(nextByCallState('waiting', testRecord(), at(30_000))).toEqual(waitFor('answer', 500));
  });
});

describe('an accepted attempt whose evidence was awaited', () => {
  it.each<[string, boolean, number, Time, Next]>([
    ['succeeds if it is proven', true, 0, MUCH, SUCCEED],
    ['succeeds if it is proven by the last attempt at the deadline', true, 7, NONE, SUCCEED],
    ['is retried if it is not', false, 0, MUCH, RETRY],
    ['is given up if it is not, with no attempts left', false, 7, MUCH, giveUp('attempts')],
    ['is given up if it is not, with no time left', false, 0, TOO_LITTLE, giveUp('deadline')],
  ])('%s', (_, isProven, retries, time, next) => {
    expect(nextAfterConfirmation(testRecord({ retries }), isProven, time, LIMITS)).toEqual(next);
  });
});

describe('how long evidence may still come', () => {
  const SENT = testAttempt({ startedAt: T0, durationMs: 40 });
  const TIMEOUT_MS = 1000;

  /** Per row, 100 ms after the answer: how long the evidence is awaited, and how long the call is kept for it. */
  it.each<[string, Partial<CancellationRecord>, number | null, number]>([
    ['an accepted update', { attempts: [SENT] }, 900, 900],
    ['an accepted update whose document was fetched', { attempts: [SENT], documentFetchedAt: T0 }, 900, 0],
    ['an accepted update of a stream that has stopped', { attempts: [SENT], streamStoppedAt: T0 }, 900, 0],
    ['an accepted update of a call that is over', { attempts: [SENT], callEnded: true }, 900, 0],
    ['an accepted stop by SID', { attempts: [{ ...SENT, strategy: 'stream_resource' }] }, 900, 0],
    ['an update that was not confirmed', { attempts: [{ ...SENT, outcome: 'not_confirmed' }] }, null, 0],
    ['an update that was answered 5xx', { attempts: [{ ...SENT, outcome: 'provider_error' }] }, null, 900],
    ['an update that was cut off', { attempts: [{ ...SENT, outcome: 'unreachable' }] }, null, 900],
    [
      'an update that never left',
      { attempts: [{ ...SENT, outcome: 'unreachable', mayHaveArrived: false }] },
      null,
      0,
    ],
    ['an update that was refused', { attempts: [{ ...SENT, outcome: 'rejected' }] }, null, 0],
    [
      'an accepted update and a later refusal',
      { attempts: [SENT, { ...SENT, outcome: 'rejected' }] },
      null,
      0,
    ],
    [
      'an accepted update after a stop by SID',
      { attempts: [{ ...SENT, strategy: 'stream_resource' }, SENT] },
      900,
      900,
    ],
    ['no attempt', {}, null, 0],
  ])('of %s: %2$s ms awaited, %3$s ms kept', (_, known, unconfirmed, unfetched) => {
    const record = testRecord(known);
    const now = T0 + 40 + 100;
    expect(msUnconfirmed(record, now, TIMEOUT_MS)).toBe(unconfirmed);
    expect(msUnfetched(record, now, TIMEOUT_MS)).toBe(unfetched);
  });

  it('is 0 once the confirmation timeout has passed, not less', () => {
    const record = testRecord({ attempts: [SENT] });
    expect(msUnconfirmed(record, T0 + 9000, TIMEOUT_MS)).toBe(0);
    expect(msUnfetched(record, T0 + 9000, TIMEOUT_MS)).toBe(0);
  });

  it.each<[string, Partial<Attempt>, Time, number]>([
    ['a lost answer', { outcome: 'timeout' }, MUCH, 8000],
    ['an answer that was cut off', { outcome: 'unreachable' }, MUCH, 8000],
    ['an answer that says nothing', { outcome: 'invalid_response', httpStatus: 200 }, MUCH, 8000],
    ['a lost answer with 2 s left', { outcome: 'timeout' }, timeWith(2000), 1000],
    ['a lost answer with no room for another attempt', { outcome: 'timeout' }, TOO_LITTLE, 0],
    ["a proxy's page", { outcome: 'invalid_response', httpStatus: 403 }, MUCH, 0],
    ['a 5xx', { outcome: 'provider_error', httpStatus: 503 }, MUCH, 0],
    ['no connection', { outcome: 'unreachable', mayHaveArrived: false }, MUCH, 0],
  ])('keeps the retry of the same cancellation back after %s', (_, fields, time, forMs) => {
    const attempt = testAttempt({ startedAt: time.now, durationMs: 0, ...fields });
    expect(msBeforeReplacing(testRecord({ attempts: [attempt] }), time, 8000)).toBe(forMs);
  });
});
