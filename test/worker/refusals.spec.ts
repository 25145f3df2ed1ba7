import { describe, expect, it } from 'vitest';
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
  mustReadAfter,
  nextAfterRefusal,
  nextByCallState,
  stopsProject,
} from '../../src/worker/decisions.js';
import type { KnownCallState, RefusedFacts } from '../../src/worker/decisions.js';
import { giveUp, SUCCEED, waitFor } from '../../src/worker/next.js';
import type { Next } from '../../src/worker/next.js';
import type { Time } from '../../src/worker/retry-policy.js';
import { T0, testAttempt, testRecord } from '../cancellation/fixtures/cancellation.js';
import { LIMITS, MUCH, NONE, RETRY, timeWith, TOO_LITTLE } from './fixtures/time.js';

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

const REFUSED: Omit<RefusedFacts, 'refusal' | 'byCall'> = {
  record: testRecord({ attempts: [testAttempt({ startedAt: MUCH.now - 100 })] }),
  isProven: false,
  callState: null,
  isStreamUnknown: false,
  closedGate: null,
};

/** With what the state of the call decides at that time. */
const follow = (facts: Omit<RefusedFacts, 'byCall'>, time = MUCH, limits = LIMITS) =>
  nextAfterRefusal({ ...facts, byCall: nextByCallState(facts.callState, facts.record, time) }, time, limits);

const after = (name: RefusalName, facts: Partial<RefusedFacts> = {}, time = MUCH, limits = LIMITS) =>
  follow({ ...REFUSED, refusal: REFUSALS[name], ...facts }, time, limits);

/** A backoff is random. */
const expectedOf = (next: Next): Next => (next.kind === 'retry' ? RETRY : next);

const wait = (ms: number) => waitFor('backoff', ms);

describe('an attempt that SignalWire did not accept', () => {
  const LAST = { record: { ...REFUSED.record, retries: 7 } };

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
    const byCall = nextByCallState(callState, record, MUCH);
    for (const name of NAMES) {
      const facts = { callState, isStreamUnknown: false };
      expect(after(name, facts)).toEqual(byCall ?? expectedOf(after(name)));
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

  const CALLS = [
    ['in-progress', giveUp('refused')],
    ['unknown', RETRY],
    ['ended', SUCCEED],
    ['not_found', giveUp('refused')],
    ['waiting', waitFor('answer', 500)],
  ] satisfies [KnownCallState, Next][];
  const ROWS = [null, '', '0', '99999'].flatMap((code) => CALLS.map((row) => [code, ...row] as const));

  it.each(ROWS)(
    'with a 4xx and the code %j is final only once the call was read: %s',
    (code, callState, next) => {
      const uncoded = { httpStatus: 422, providerCode: code, retryAfterMs: null };
      const refusal = new RequestRejectedError('Call is not in-progress', uncoded);
      expect(mustReadAfter(refusal)).toBe(true);
      expect(follow({ ...REFUSED, refusal, callState })).toEqual(next);
      expect(mustReadAfter(new RequestRejectedError('rejected', { ...uncoded, providerCode: '20422' }))).toBe(
        false,
      );
      expect(mustReadAfter(new RateLimitedError('429', { ...uncoded, httpStatus: 429 }))).toBe(false);
    },
  );
});
