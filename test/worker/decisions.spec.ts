import { describe, expect, it } from 'vitest';
import type { CancellationRecord, WaitingFor } from '../../src/cancellation/record.js';
import {
  CallNotFoundError,
  CallNotInProgressError,
  ConnectionLostError,
  CredentialsRefusedError,
  InvalidAnswerError,
  ProviderFailedError,
  ProviderUnreachableError,
  RateLimitedError,
  RequestRejectedError,
  RequestTimedOutError,
  StreamNotFoundError,
} from '../../src/signalwire/signalwire.errors.js';
import {
  msUnconfirmed,
  msUnfetched,
  nextAfterConfirmation,
  nextAfterRefusal,
  nextAtStart,
  nextByCallState,
  stopsProject,
} from '../../src/worker/decisions.js';
import type { KnownCallState, RefusedFacts, StartFacts } from '../../src/worker/decisions.js';
import { giveUp, SUCCEED, waitFor } from '../../src/worker/next.js';
import type { Next } from '../../src/worker/next.js';
import type { RetryLimits, Time } from '../../src/worker/retry-policy.js';
import { T0, testAttempt, testRecord } from '../cancellation/fixtures/cancellation.js';

const LIMITS: RetryLimits = { maxAttempts: 8, backoffBaseMs: 250, backoffCapMs: 8000 };

/** With a minute in all, of which the last second is for the last attempt. */
const timeWith = (leftMs: number): Time => ({
  now: T0 + 60_000 - leftMs,
  createdAt: T0,
  deadline: T0 + 60_000,
});
const MUCH = timeWith(50_000);
const TOO_LITTLE = timeWith(1000);
const NONE = timeWith(0);

/** After any backoff. */
const RETRY: Next = { kind: 'retry', afterMs: expect.any(Number) as number };

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
  const LAST = { record: testRecord({ retries: 7 }) };
  const planned = (waitedFor: WaitingFor, inMs: number) => ({ waitedFor, plannedAt: MUCH.now + inMs });
  const shared = (sharedOutcome: StartFacts['sharedOutcome']) => ({ sharedOutcome });

  it.each<[string, Partial<StartFacts>, Time, Next | null]>([
    ['makes an attempt where nothing stands against it', {}, MUCH, null],
    ['makes its last attempt in the last second', {}, TOO_LITTLE, null],
    ['gives up at the deadline', {}, NONE, giveUp('deadline')],
    ['succeeds where it is proven', PROVEN, MUCH, SUCCEED],
    ['succeeds where it is proven, even after the deadline', PROVEN, NONE, SUCCEED],
    ['succeeds where it is proven, even of an unknown project', { ...PROVEN, ...UNKNOWN }, MUCH, SUCCEED],
    ['waits for a project that is not configured', UNKNOWN, MUCH, waitFor('configuration', 5000)],
    ['gives up at the deadline though its project is unknown', UNKNOWN, NONE, giveUp('deadline')],
    ['waits for the answer to an attempt that another one sends for it', SHARED, MUCH, waitFor('call', 500)],
    ['waits for that answer even if it is proven', { ...SHARED, ...PROVEN }, MUCH, waitFor('call', 500)],
    ['waits for that answer even after the deadline', SHARED, NONE, waitFor('call', 500)],
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

describe('the state of the call', () => {
  const SENT = testRecord({ attempts: [testAttempt({ startedAt: T0 })] });

  it.each<[KnownCallState, Next | null]>([
    [null, null],
    ['in-progress', null],
    ['unknown', null],
    ['ended', SUCCEED],
    ['not_found', giveUp('refused')],
    ['waiting', waitFor('answer', 500)],
  ])('%s decides: %j', (state, next) => {
    expect(nextByCallState(state, SENT, T0 + 100)).toEqual(next);
  });

  it.each([
    [100, 500],
    [2000, 500],
    [4000, 1000],
    [8000, 2000],
    [30_000, 2000],
  ])('of a call that has been ringing for %i ms is read again after %i ms', (ringsForMs, afterMs) => {
    expect(nextByCallState('waiting', SENT, T0 + ringsForMs)).toEqual(waitFor('answer', afterMs));
  });

  it('of a call that rings is read again soon where nothing was sent', () => {
    expect(nextByCallState('waiting', testRecord(), T0 + 30_000)).toEqual(waitFor('answer', 500));
  });
});

const answer = { httpStatus: 429, providerCode: null, retryAfterMs: null };
const asksFor = (retryAfterMs: number) => ({ ...answer, retryAfterMs });

const REFUSALS = {
  '5xx': new ProviderFailedError('5xx'),
  '5xx that asks to wait 3 s': new ProviderFailedError('5xx', asksFor(3000)),
  'no connection': new ProviderUnreachableError('no connection'),
  'connection lost': new ConnectionLostError('connection lost'),
  timeout: new RequestTimedOutError('timeout'),
  garbage: new InvalidAnswerError('garbage'),
  'not in progress': new CallNotInProgressError('not in progress'),
  rejected: new RequestRejectedError('rejected'),
  'no such call': new CallNotFoundError('no such call'),
  'no such stream': new StreamNotFoundError(new CallNotFoundError('404')),
  '429': new RateLimitedError('429', answer),
  '429 that asks to wait 3 s': new RateLimitedError('429', asksFor(3000)),
  '429 that asks to wait an hour': new RateLimitedError('429', asksFor(3_600_000)),
  '401': new CredentialsRefusedError('401'),
};
type RefusalName = keyof typeof REFUSALS;
const NAMES = Object.keys(REFUSALS) as RefusalName[];

const STATES: readonly KnownCallState[] = [null, 'unknown', 'in-progress', 'waiting', 'ended', 'not_found'];
const CLOSED = { kind: 'wait', for: 'throttled', afterMs: 40_000, expectedInMs: 1000 } as const;

const REFUSED: Omit<RefusedFacts, 'refusal'> = {
  record: testRecord({ attempts: [testAttempt({ startedAt: MUCH.now - 100 })] }),
  isProven: false,
  callState: null,
  isStreamUnknown: false,
  closedGate: null,
};

const after = (name: RefusalName, facts: Partial<RefusedFacts> = {}, time = MUCH, limits = LIMITS) =>
  nextAfterRefusal({ ...REFUSED, refusal: REFUSALS[name], ...facts }, time, limits);

describe('an attempt that SignalWire did not accept', () => {
  const LAST = { record: { ...REFUSED.record, retries: 7 } };
  const wait = (ms: number) => waitFor('backoff', ms);

  /** Per row: with much time left, with no more attempts, with too little time for another one. */
  it.each<[RefusalName, Next, Next, Next]>([
    ['5xx', RETRY, giveUp('attempts'), giveUp('deadline')],
    ['no connection', RETRY, giveUp('attempts'), giveUp('deadline')],
    ['connection lost', RETRY, giveUp('attempts'), giveUp('deadline')],
    ['timeout', RETRY, giveUp('attempts'), giveUp('deadline')],
    ['garbage', RETRY, giveUp('attempts'), giveUp('deadline')],
    ['not in progress', RETRY, giveUp('attempts'), giveUp('deadline')],
    ['no such call', RETRY, giveUp('attempts'), giveUp('deadline')],
    ['no such stream', RETRY, giveUp('attempts'), giveUp('deadline')],
    ['rejected', giveUp('refused'), giveUp('refused'), giveUp('refused')],
    ['429', wait(1000), wait(1000), giveUp('deadline')],
    ['429 that asks to wait 3 s', wait(3000), wait(3000), giveUp('deadline')],
    ['429 that asks to wait an hour', wait(49_000), wait(49_000), giveUp('deadline')],
    ['401', wait(1000), wait(1000), giveUp('deadline')],
  ])('%s: with time and attempts, without attempts, without time', (name, usual, lastAttempt, late) => {
    expect([after(name), after(name, LAST), after(name, {}, TOO_LITTLE)]).toEqual([usual, lastAttempt, late]);
  });

  it('is retried no sooner than SignalWire asks', () => {
    const next = after('5xx that asks to wait 3 s');
    expect(next).toEqual({ kind: 'retry', afterMs: 3000 });
  });

  it('waits a minute at most for a project whose gate is open', () => {
    const day: Time = { now: T0, createdAt: T0, deadline: T0 + 86_400_000 };
    expect(after('429 that asks to wait an hour', {}, day)).toEqual(wait(60_000));
  });

  it.each(STATES)('follows the state of the call, %s, where that decides', (callState) => {
    const { record } = REFUSED;
    const byCall = nextByCallState(callState, record, MUCH.now);
    for (const name of NAMES) {
      const facts = { callState, isStreamUnknown: false };
      if (byCall === null) expect(after(name, facts)).toEqual(expectedOf(after(name)));
      else expect(after(name, facts)).toEqual(byCall);
    }
  });

  it.each<[KnownCallState, Next]>([
    ['in-progress', giveUp('refused')],
    ['unknown', RETRY],
    [null, RETRY],
    ['ended', SUCCEED],
    ['not_found', giveUp('refused')],
    ['waiting', waitFor('answer', 500)],
  ])('of an unknown stream in a call that is %s: %j', (callState, next) => {
    expect(after('no such stream', { callState, isStreamUnknown: true })).toEqual(next);
  });

  it.each(NAMES)('succeeds where its stream is proven to have stopped, whatever else: %s', (name) => {
    for (const callState of STATES)
      for (const closedGate of [null, CLOSED])
        for (const isStreamUnknown of [false, true])
          for (const time of [MUCH, TOO_LITTLE, NONE])
            expect(
              after(name, { ...LAST, isProven: true, callState, closedGate, isStreamUnknown }, time),
            ).toEqual(SUCCEED);
  });

  it.each(NAMES)('waits for a closed project, and uses no attempt: %s', (name) => {
    for (const callState of [null, 'unknown', 'in-progress'] as const)
      expect(after(name, { ...LAST, closedGate: CLOSED, callState })).toEqual(CLOSED);
  });

  it.each<[KnownCallState, Next]>([
    ['ended', SUCCEED],
    ['not_found', giveUp('refused')],
    ['waiting', waitFor('answer', 500)],
  ])('goes by the state of the call before that of the project: %s', (callState, next) => {
    expect(after('timeout', { closedGate: CLOSED, callState })).toEqual(next);
  });

  it.each(NAMES)('never waits or retries beyond the last moment that counts: %s', (name) => {
    for (const leftMs of [0, 1, 999, 1000, 1001, 1500, 30_000]) {
      const next = after(name, {}, timeWith(leftMs));
      const afterMs = 'afterMs' in next ? next.afterMs : -Infinity;
      expect(afterMs).toBeLessThanOrEqual(Math.max(0, leftMs - 1000));
    }
  });

  it.each(NAMES)('stops the whole project only for a 429 or refused credentials: %s', (name) => {
    expect(stopsProject(REFUSALS[name])).toBe(name.startsWith('429') || name === '401');
  });
});

/** A backoff is random. */
const expectedOf = (next: Next): Next => (next.kind === 'retry' ? RETRY : next);

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
    ['an update that was refused', { attempts: [{ ...SENT, outcome: 'rejected' }] }, null, 0],
    [
      'an accepted update and a later refusal',
      { attempts: [SENT, { ...SENT, outcome: 'timeout' }] },
      null,
      0,
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
});
