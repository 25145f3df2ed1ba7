import { describe, expect, it } from 'vitest';
import type { StoredCancellation } from '../../src/cancellation/stored-cancellation.js';
import { viewOf } from '../../src/cancellation/view.js';
import type { Warning } from '../../src/cancellation/warnings.js';
import { EMPTY_RECORD } from '../../src/cancellation/record.js';
import type { Attempt, CancellationRecord } from '../../src/cancellation/record.js';
import type { WaitingFor } from '../../src/cancellation/vocabulary.js';
import { T0, testAttempt, testRecord, testStored } from './fixtures/cancellation.js';

const iso = (offsetMs: number): string => new Date(T0 + offsetMs).toISOString();

const WARNINGS: readonly Warning[] = [{ code: 'call_ends', message: 'the call ends' }];

const shown = (record: Partial<CancellationRecord>, fields: Partial<StoredCancellation> = {}) =>
  viewOf(testStored('id', {}, { record: testRecord(record), ...fields }), WARNINGS);

/** In a worker's hands. */
const ACTIVE = { isActive: true };
const succeededAt = (ms: number) => ({ finishedAt: T0 + ms });
const failedAt = (ms: number, failedReason = 'given up') => ({ finishedAt: T0 + ms, failedReason });

const attempt = (fields: Partial<Attempt> = {}): Attempt =>
  testAttempt({
    startedAt: T0 + 10,
    durationMs: 83,
    outcome: 'provider_error',
    httpStatus: 503,
    message: 'Service Unavailable',
    ...fields,
  });

const ACCEPTED = attempt({ number: 2, outcome: 'accepted', httpStatus: 200, message: null });

const NOTHING_YET = {
  evidence: 'none',
  attempts: [],
  acceptedAt: null,
  documentFetchedAt: null,
  saidStoppedAt: null,
  streamStoppedAt: null,
  finishedAt: null,
  nextAttemptAt: null,
  waitingFor: null,
  failure: null,
};

describe('a cancellation', () => {
  it('is queued before its first attempt, and shows what was accepted', () => {
    expect(shown({})).toEqual({
      ...NOTHING_YET,
      id: 'id',
      project: 'default',
      callSid: 'call',
      streamName: 'stream',
      streamSid: null,
      strategy: 'auto',
      status: 'queued',
      createdAt: iso(0),
      deadline: iso(60_000),
      warnings: WARNINGS,
      requestedBy: null,
      requestId: null,
      traceId: null,
      retryOf: null,
      then: [],
      template: null,
      documentUrl: null,
      deadlineMs: 60_000,
      callbacks: [],
    });
  });

  it('is running while its first attempt is under way', () => {
    expect(shown({}, ACTIVE)).toMatchObject({ ...NOTHING_YET, status: 'running' });
  });

  it('is running while evidence is awaited', () => {
    const record = { attempts: [attempt(), ACCEPTED], acceptedAt: T0 + 93 };
    expect(shown(record, ACTIVE)).toMatchObject({
      status: 'running',
      evidence: 'accepted',
      attempts: [
        { number: 1, startedAt: iso(10), durationMs: 83, outcome: 'provider_error', httpStatus: 503 },
        { number: 2, outcome: 'accepted', httpStatus: 200, providerCode: null, message: null },
      ],
      acceptedAt: iso(93),
      documentFetchedAt: null,
      finishedAt: null,
      failure: null,
    });
  });

  it('is retrying between two attempts', () => {
    const planned = { nextAttemptAt: T0 + 500, waitingFor: 'backoff' as const };
    expect(shown({ attempts: [attempt()], ...planned })).toMatchObject({
      status: 'retrying',
      waitingFor: 'backoff',
      evidence: 'none',
      attempts: [{ number: 1, outcome: 'provider_error' }],
      nextAttemptAt: iso(500),
      finishedAt: null,
      failure: null,
    });
  });

  it('keeps its evidence while it is retried for stronger evidence', () => {
    const attempts = [attempt({ outcome: 'not_confirmed', httpStatus: 200 })];
    expect(shown({ attempts, acceptedAt: T0 + 93, nextAttemptAt: T0 + 500 })).toMatchObject({
      status: 'retrying',
      evidence: 'accepted',
      acceptedAt: iso(93),
    });
  });

  it('has no next attempt once that has begun', () => {
    const planned = { nextAttemptAt: T0 + 500, waitingFor: 'backoff' as const };
    expect(shown({ attempts: [attempt()], ...planned }, ACTIVE)).toMatchObject({
      status: 'running',
      nextAttemptAt: null,
      waitingFor: null,
    });
  });

  it('shows an attempt as lost where its worker no longer has the job', () => {
    const record = {
      attempts: [attempt()],
      open: { startedAt: T0 + 50, strategy: 'stream_resource' as const },
      waitingFor: 'backoff' as const,
    };
    expect(shown(record)).toMatchObject({ status: 'retrying', waitingFor: null });
    expect(shown(record, ACTIVE).attempts).toHaveLength(1);
    expect(shown(record).attempts[1]).toMatchObject({
      number: 2,
      startedAt: iso(50),
      strategy: 'stream_resource',
      outcome: 'timeout',
    });
  });

  it('shows what it waits for before its first attempt', () => {
    expect(shown({ waitingFor: 'paused' })).toMatchObject({ status: 'queued', waitingFor: 'paused' });
  });

  it('waits for nothing once it is withdrawn, though its job has not ended', () => {
    const record = { waitingFor: 'paused' as const, withdrawnAt: T0 + 20 };
    expect(shown(record)).toMatchObject({ status: 'withdrawn', waitingFor: null });
  });

  it.each([
    ['the template', { template: 'bye' }],
    ['the document', { documentUrl: 'https://docs.example.com/stop' }],
  ])('shows %s that the request named', (_, source) => {
    expect(viewOf(testStored('id', source), WARNINGS)).toMatchObject(source);
  });

  it('shows the SID that a status callback told, unless the request gave one', () => {
    expect(shown({ streamSid: 'told' }).streamSid).toBe('told');
    const stored = testStored('id', { streamSid: 'given' }, { record: testRecord({ streamSid: 'told' }) });
    expect(viewOf(stored, WARNINGS).streamSid).toBe('given');
  });

  it('does not show whether an attempt may have arrived', () => {
    const { attempts } = shown({ attempts: [attempt({ mayHaveArrived: false })] });
    expect(attempts[0]).not.toHaveProperty('mayHaveArrived');
  });
});

describe('a cancellation that has succeeded', () => {
  it('shows when its document was fetched', () => {
    const record = { attempts: [ACCEPTED], acceptedAt: T0 + 93, documentFetchedAt: T0 + 120 };
    expect(shown(record, succeededAt(125))).toMatchObject({
      status: 'succeeded',
      evidence: 'document_fetched',
      acceptedAt: iso(93),
      documentFetchedAt: iso(120),
      finishedAt: iso(125),
      nextAttemptAt: null,
      failure: null,
    });
  });

  it('has accepted as its evidence where an answer said that the stream is stopped', () => {
    expect(shown({ attempts: [ACCEPTED], saidStoppedAt: T0 + 93 }, succeededAt(125))).toMatchObject({
      status: 'succeeded',
      evidence: 'accepted',
      saidStoppedAt: iso(93),
      documentFetchedAt: null,
      streamStoppedAt: null,
    });
  });

  it('needs no acceptance where its document was fetched', () => {
    const record = { attempts: [attempt({ outcome: 'timeout' })], documentFetchedAt: T0 + 120 };
    expect(shown(record, succeededAt(125))).toMatchObject({
      status: 'succeeded',
      evidence: 'document_fetched',
      acceptedAt: null,
      failure: null,
    });
  });

  it('has the end of the call as its evidence where there was nothing left to stop', () => {
    const record = { attempts: [attempt({ outcome: 'rejected' })], callEnded: true };
    expect(shown(record, succeededAt(200))).toMatchObject({
      status: 'succeeded',
      evidence: 'call_ended',
      failure: null,
    });
  });

  it('is shown as finished even if its job was read as active just before', () => {
    expect(shown({ documentFetchedAt: T0 + 120 }, { ...succeededAt(125), ...ACTIVE }).status).toBe(
      'succeeded',
    );
  });
});

describe('the evidence that is shown', () => {
  it.each<[Partial<CancellationRecord>, string]>([
    [{}, 'none'],
    [{ acceptedAt: T0 }, 'accepted'],
    [{ saidStoppedAt: T0 }, 'accepted'],
    [{ acceptedAt: T0, callEnded: true }, 'call_ended'],
    [{ acceptedAt: T0, documentFetchedAt: T0, callEnded: true }, 'document_fetched'],
    [{ documentFetchedAt: T0, streamStoppedAt: T0 }, 'stream_stopped'],
    [{ streamStoppedAt: T0, callEnded: true }, 'stream_stopped'],
  ])('of %j is the strongest: %s', (record, evidence) => {
    expect(shown(record).evidence).toBe(evidence);
  });
});

describe('a cancellation that did not succeed', () => {
  it.each(['attempts', 'refused'] as const)(
    'has the failure of its last attempt: given up for %s',
    (givenUp) => {
      const last = attempt({ number: 2, outcome: 'rejected', message: 'Call is not in-progress.' });
      expect(shown({ attempts: [attempt(), last], givenUp }, failedAt(200))).toMatchObject({
        status: 'failed',
        finishedAt: iso(200),
        nextAttemptAt: null,
        failure: { code: 'rejected', message: 'Call is not in-progress.' },
      });
    },
  );

  it('keeps the evidence that it has', () => {
    const last = attempt({ outcome: 'not_confirmed', httpStatus: 200, message: 'not fetched' });
    expect(
      shown({ attempts: [last], acceptedAt: T0 + 93, givenUp: 'attempts' }, failedAt(200)),
    ).toMatchObject({
      status: 'failed',
      evidence: 'accepted',
      failure: { code: 'not_confirmed', message: 'not fetched' },
    });
  });

  it('has the outcome as its message where SignalWire sent none', () => {
    const record = { attempts: [attempt({ message: null })], givenUp: 'attempts' as const };
    expect(shown(record, failedAt(200)).failure).toEqual({
      code: 'provider_error',
      message: 'provider_error',
    });
  });

  it('was not confirmed where the evidence of an accepted attempt could not be read', () => {
    const record = { attempts: [ACCEPTED], givenUp: 'attempts' as const };
    expect(shown(record, failedAt(200)).failure).toMatchObject({ code: 'not_confirmed' });
  });

  it('has expired with the failure of its last attempt', () => {
    const last = attempt({ outcome: 'timeout', message: 'late' });
    expect(shown({ attempts: [last], givenUp: 'deadline' }, failedAt(60_001))).toMatchObject({
      status: 'expired',
      finishedAt: iso(60_001),
      nextAttemptAt: null,
      failure: { code: 'timeout', message: 'late' },
    });
  });

  it.each<[WaitingFor | null, string | null]>([
    [null, null],
    ['call', null],
    ['throttled', 'rate_limited'],
    ['rate', 'rate_limited'],
    ['unauthorized', 'unauthorized'],
    ['unavailable', 'provider_error'],
    ['configuration', 'unauthorized'],
    ['paused', null],
    ['undelivered', null],
    ['delivery', null],
  ])('and was never sent, waiting for %s, failed with %s', (waitingFor, code) => {
    const { status, failure, ...view } = shown({ waitingFor, givenUp: 'deadline' }, failedAt(60_001));
    expect(view.waitingFor).toBe(null);
    expect([status, failure?.code ?? null]).toEqual(['expired', code]);
  });

  it.each<[WaitingFor | null, string]>([
    [null, 'no worker sent it'],
    ['call', 'other updates of the call'],
    ['report', 'another cancellation was to send it'],
    ['answer', 'the call was not answered'],
    ['paused', 'an operator had paused'],
    ['undelivered', "SignalWire did not fetch the project's documents"],
    ['delivery', "SignalWire can reach the project's documents"],
  ])('says why it was never sent, waiting for %s, without the code of an attempt', (waitingFor, why) => {
    expect(shown({ waitingFor, givenUp: 'deadline' }, failedAt(60_001)).failure).toEqual({
      code: null,
      message: expect.stringContaining(why) as string,
    });
  });

  it('failed for want of its call where a read of the call has shown that, and nothing was sent', () => {
    expect(shown({ waitingFor: 'answer', givenUp: 'refused' }, failedAt(6000))).toMatchObject({
      status: 'failed',
      failure: { code: 'call_not_found', message: 'SignalWire does not know the call' },
    });
  });

  it.each([
    ['before its first attempt ended', EMPTY_RECORD],
    ['between two attempts', { attempts: [attempt()], nextAttemptAt: T0 + 500 }],
  ])('was poisoned where BullMQ itself gave it up %s', (_, record) => {
    const reason = 'job stalled more than allowable limit';
    expect(shown(record, failedAt(200, reason))).toMatchObject({
      status: 'failed',
      nextAttemptAt: null,
      failure: { code: 'poisoned', message: reason },
    });
  });
});
