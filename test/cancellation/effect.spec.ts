import { describe, expect, it } from 'vitest';
import { awaitedUntil, endedAfterUpdate, mayHaveTakenEffect } from '../../src/cancellation/effect.js';
import type { Attempt, CancellationRecord, GiveUpReason } from '../../src/cancellation/record.js';
import { T0, testAttempt, testRecord } from './fixtures/cancellation.js';

describe('an attempt', () => {
  it.each<[Attempt['outcome'], boolean]>([
    ['accepted', true],
    ['not_confirmed', true],
    ['provider_error', true],
    ['timeout', true],
    ['unreachable', true],
    ['invalid_response', true],
    ['rejected', false],
    ['unauthorized', false],
    ['call_not_found', false],
    ['rate_limited', false],
  ])('that ended as %s may have taken effect: %s', (outcome, may) => {
    expect(mayHaveTakenEffect(testAttempt({ outcome }))).toBe(may);
    expect(mayHaveTakenEffect(testAttempt({ outcome, mayHaveArrived: false }))).toBe(false);
  });
});

describe('before a cancellation is given up, evidence', () => {
  const TIMEOUT_MS = 8000;
  const ACCEPTED = testAttempt();
  const FAILED = testAttempt({ outcome: 'provider_error', httpStatus: 503 });
  const UNSENT = testAttempt({ outcome: 'unreachable', mayHaveArrived: false });
  const REFUSED = testAttempt({ outcome: 'rejected' });
  const ANSWERED_AT = T0 + 40;
  const SOON = T0 + 1000;
  const LATER = T0 + 60_000;

  it.each<[string, Attempt[], GiveUpReason, number, number]>([
    ['at the deadline, after a 5xx', [FAILED], 'deadline', SOON, SOON],
    [
      'at the deadline, after an acceptance just before it',
      [ACCEPTED],
      'deadline',
      SOON,
      ANSWERED_AT + TIMEOUT_MS,
    ],
    ['at the deadline, after an acceptance long before it', [ACCEPTED], 'deadline', LATER, LATER],
    ['without attempts left, after a 5xx just before the deadline', [FAILED], 'attempts', SOON, SOON],
    ['without attempts left, after a 5xx', [FAILED], 'attempts', LATER, ANSWERED_AT + TIMEOUT_MS],
    ['after a refusal that followed a 5xx', [FAILED, REFUSED], 'refused', LATER, ANSWERED_AT + TIMEOUT_MS],
    ['after a refusal alone', [REFUSED], 'refused', LATER, 0],
    ['where nothing reached SignalWire', [UNSENT], 'deadline', LATER, 0],
    ['where nothing was sent', [], 'deadline', LATER, 0],
  ])('is awaited as long as it can still come: %s', (_, attempts, reason, deadline, until) => {
    expect(awaitedUntil({ attempts }, reason, deadline, TIMEOUT_MS)).toBe(until);
  });
});

describe('a call that is over', () => {
  const UNCONFIRMED = testAttempt({ outcome: 'not_confirmed' });
  const REFUSED = testAttempt({ number: 2, outcome: 'rejected', providerCode: '21220' });
  const BY_SID = testAttempt({ strategy: 'stream_resource', outcome: 'not_confirmed' });

  it.each<[string, Partial<CancellationRecord>, boolean]>([
    ['after an update without a fetch', { attempts: [UNCONFIRMED] }, true],
    ['as the refusal of a second update says', { attempts: [UNCONFIRMED, REFUSED] }, true],
    ['as the refusal after an unconfirmed acceptance says', { attempts: [testAttempt(), REFUSED] }, true],
    ['as the answer that accepts the update says', { attempts: [testAttempt()] }, false],
    ['before any update was accepted', { attempts: [REFUSED] }, false],
    ['after a stop by SID', { attempts: [BY_SID] }, false],
    ['after the fetch', { attempts: [UNCONFIRMED], documentFetchedAt: T0 }, false],
    ['after the end of the stream', { attempts: [UNCONFIRMED], streamStoppedAt: T0 }, false],
    [
      'after an update with a document elsewhere',
      { attempts: [UNCONFIRMED], isDocumentElsewhere: true },
      false,
    ],
    ['for all we know not', { attempts: [UNCONFIRMED], callEnded: false }, false],
  ])('%s has ended after an accepted update: %j', (_, record, expected) => {
    expect(endedAfterUpdate(testRecord({ callEnded: true, ...record }))).toBe(expected);
  });
});
