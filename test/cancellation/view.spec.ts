import { describe, expect, it } from 'vitest';
import { viewOf } from '../../src/cancellation/view.js';
import { storedCancellation } from '../../src/queue/job-record.js';
import type { Warning } from '../../src/cancellation/warnings.js';
import { EMPTY_RECORD } from '../../src/cancellation/record.js';
import type { Attempt, CancellationRecord } from '../../src/cancellation/record.js';
import type { CancellationJob } from '../../src/queue/cancellations.queue.js';

const T0 = Date.UTC(2026, 10, 22, 12, 0, 0, 7);
const iso = (offsetMs: number): string => new Date(T0 + offsetMs).toISOString();

interface JobFields {
  readonly progress: CancellationRecord | number;
  readonly returnvalue: CancellationRecord | null;
  readonly finishedOn: number;
  readonly failedReason: string;
}

/** A job as BullMQ reads it back, which has no progress and no result until it is given some. */
function job(fields: Partial<JobFields> = {}): CancellationJob {
  const plain = {
    id: '0190c2f0-0000-7000-8000-000000000000',
    data: {
      project: 'default',
      callSid: 'call',
      streamName: 'stream',
      then: [{ say: 'Stopping stream' }],
      createdAt: T0,
      deadline: T0 + 60_000,
    },
    progress: 0,
    returnvalue: null,
    ...fields,
  };
  return plain as unknown as CancellationJob;
}

const WARNINGS: readonly Warning[] = [{ code: 'call_ends', message: 'the call ends' }];

const toCancellation = (given: CancellationJob, state: string) =>
  viewOf(storedCancellation(given, state), WARNINGS);

const record = (fields: Partial<CancellationRecord>): CancellationRecord => ({ ...EMPTY_RECORD, ...fields });

function attempt(fields: Partial<Attempt> = {}): Attempt {
  return {
    number: 1,
    startedAt: T0 + 10,
    durationMs: 83,
    outcome: 'provider_error',
    httpStatus: 503,
    providerCode: null,
    message: 'Service Unavailable',
    ...fields,
  };
}

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
  failure: null,
};

describe('a cancellation', () => {
  it('is queued before its first attempt, and shows what was accepted', () => {
    expect(toCancellation(job(), 'waiting')).toEqual({
      ...NOTHING_YET,
      id: '0190c2f0-0000-7000-8000-000000000000',
      project: 'default',
      callSid: 'call',
      streamName: 'stream',
      streamSid: null,
      strategy: 'auto',
      status: 'queued',
      createdAt: '2026-11-22T12:00:00.007Z',
      deadline: '2026-11-22T12:01:00.007Z',
      warnings: WARNINGS,
    });
  });

  it.each(['waiting', 'wait', 'prioritized', 'delayed', 'paused', 'waiting-children', 'unknown'])(
    'is queued while its job is %s without an attempt',
    (state) => {
      expect(toCancellation(job(), state)).toMatchObject({ ...NOTHING_YET, status: 'queued' });
    },
  );

  it('is running while its first attempt is under way', () => {
    expect(toCancellation(job(), 'active')).toMatchObject({ ...NOTHING_YET, status: 'running' });
  });

  it('is running while evidence is awaited', () => {
    const progress = record({ attempts: [attempt(), ACCEPTED], acceptedAt: T0 + 93 });
    expect(toCancellation(job({ progress }), 'active')).toMatchObject({
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

  it.each(['delayed', 'waiting', 'prioritized'])(
    'is retrying between two attempts, while its job is %s',
    (state) => {
      const progress = record({ attempts: [attempt()], nextAttemptAt: T0 + 500 });
      expect(toCancellation(job({ progress }), state)).toMatchObject({
        status: 'retrying',
        evidence: 'none',
        attempts: [{ number: 1, outcome: 'provider_error' }],
        nextAttemptAt: iso(500),
        finishedAt: null,
        failure: null,
      });
    },
  );

  it('keeps its evidence where it is retried for want of the next', () => {
    const attempts = [attempt({ outcome: 'not_confirmed', httpStatus: 200 })];
    const progress = record({ attempts, acceptedAt: T0 + 93, nextAttemptAt: T0 + 500 });
    expect(toCancellation(job({ progress }), 'delayed')).toMatchObject({
      status: 'retrying',
      evidence: 'accepted',
      acceptedAt: iso(93),
    });
  });

  it('has no next attempt once that has begun', () => {
    const progress = record({ attempts: [attempt()], nextAttemptAt: T0 + 500 });
    expect(toCancellation(job({ progress }), 'active')).toMatchObject({
      status: 'running',
      nextAttemptAt: null,
    });
  });

  it('has succeeded with the result of its job, not with its last progress', () => {
    const progress = record({ attempts: [ACCEPTED], acceptedAt: T0 + 93 });
    const returnvalue = record({ ...progress, documentFetchedAt: T0 + 120 });
    expect(toCancellation(job({ progress, returnvalue, finishedOn: T0 + 125 }), 'completed')).toMatchObject({
      status: 'succeeded',
      evidence: 'document_fetched',
      acceptedAt: iso(93),
      documentFetchedAt: iso(120),
      finishedAt: iso(125),
      nextAttemptAt: null,
      failure: null,
    });
  });

  it.each([
    ['that its stream is stopped', { acceptedAt: T0 + 93, saidStoppedAt: T0 + 93 }],
    ['that there is no such stream any more', { streamGoneAt: T0 + 93 }],
  ])('shows when an answer said %s', (_, said) => {
    const returnvalue = record({ attempts: [ACCEPTED], ...said });
    expect(toCancellation(job({ returnvalue, finishedOn: T0 + 125 }), 'completed')).toMatchObject({
      status: 'succeeded',
      evidence: 'accepted',
      saidStoppedAt: iso(93),
      documentFetchedAt: null,
      streamStoppedAt: null,
    });
  });

  it('keeps to itself that an attempt was not even sent', () => {
    const progress = record({ attempts: [attempt({ outcome: 'unreachable', isUnsent: true })] });
    expect(toCancellation(job({ progress }), 'delayed').attempts[0]).not.toHaveProperty('isUnsent');
  });

  it('has succeeded by a fetch alone, where no answer was read', () => {
    const returnvalue = record({ attempts: [attempt({ outcome: 'timeout' })], documentFetchedAt: T0 + 120 });
    expect(toCancellation(job({ returnvalue, finishedOn: T0 + 125 }), 'completed')).toMatchObject({
      status: 'succeeded',
      evidence: 'document_fetched',
      acceptedAt: null,
      failure: null,
    });
  });

  it('has finished where its state was read just before it did', () => {
    const returnvalue = record({ attempts: [ACCEPTED], documentFetchedAt: T0 + 120 });
    const finished = job({ returnvalue, finishedOn: T0 + 125 });
    expect(toCancellation(finished, 'active').status).toBe('succeeded');
  });

  it.each(['attempts', 'refused'] as const)(
    'has failed with its last attempt where it was given up: %s',
    (givenUp) => {
      const last = attempt({ number: 2, outcome: 'rejected', message: 'Call is not in-progress.' });
      const progress = record({ attempts: [attempt(), last], givenUp });
      const failed = job({ progress, finishedOn: T0 + 200, failedReason: `given up: ${givenUp}` });
      expect(toCancellation(failed, 'failed')).toMatchObject({
        status: 'failed',
        finishedAt: iso(200),
        nextAttemptAt: null,
        failure: { code: 'rejected', message: 'Call is not in-progress.' },
      });
    },
  );

  it('has failed with the evidence that it got', () => {
    const last = attempt({ outcome: 'not_confirmed', httpStatus: 200, message: 'not fetched' });
    const progress = record({ attempts: [last], acceptedAt: T0 + 93, givenUp: 'attempts' });
    expect(toCancellation(job({ progress, finishedOn: T0 + 200 }), 'failed')).toMatchObject({
      status: 'failed',
      evidence: 'accepted',
      failure: { code: 'not_confirmed', message: 'not fetched' },
    });
  });

  it('has a failure with some message', () => {
    const progress = record({ attempts: [attempt({ message: null })], givenUp: 'attempts' });
    expect(toCancellation(job({ progress, finishedOn: T0 + 200 }), 'failed').failure).toEqual({
      code: 'provider_error',
      message: 'provider_error',
    });
  });

  it('has the end of its call for evidence', () => {
    const returnvalue = record({ attempts: [attempt({ outcome: 'rejected' })], callEnded: true });
    expect(toCancellation(job({ returnvalue, finishedOn: T0 + 200 }), 'completed')).toMatchObject({
      status: 'succeeded',
      evidence: 'call_ended',
      failure: null,
    });
  });

  it('was not confirmed where its evidence could not be read', () => {
    const progress = record({ attempts: [attempt({ outcome: 'accepted' })], givenUp: 'attempts' });
    expect(toCancellation(job({ progress, finishedOn: T0 + 200 }), 'failed').failure).toMatchObject({
      code: 'not_confirmed',
    });
  });

  it('counts an attempt as lost that was under way, once its worker no longer has it', () => {
    const progress = record({ attempts: [attempt()], sendingSince: T0 + 50 });
    expect(toCancellation(job({ progress }), 'active').attempts).toHaveLength(1);
    expect(toCancellation(job({ progress }), 'waiting').attempts[1]).toMatchObject({
      number: 2,
      startedAt: new Date(T0 + 50).toISOString(),
      outcome: 'timeout',
    });
  });

  it('has expired with its last attempt', () => {
    const progress = record({
      attempts: [attempt({ outcome: 'timeout', message: 'late' })],
      givenUp: 'deadline',
    });
    expect(toCancellation(job({ progress, finishedOn: T0 + 60_001 }), 'failed')).toMatchObject({
      status: 'expired',
      finishedAt: iso(60_001),
      nextAttemptAt: null,
      failure: { code: 'timeout', message: 'late' },
    });
  });

  it('has expired with no failure, where it was never tried', () => {
    const progress = record({ givenUp: 'deadline' });
    expect(toCancellation(job({ progress, finishedOn: T0 + 60_001 }), 'failed')).toMatchObject({
      status: 'expired',
      attempts: [],
      failure: null,
    });
  });

  it.each([
    ['before its first attempt ended', 0],
    ['between two', record({ attempts: [attempt()], nextAttemptAt: T0 + 500 })],
  ])('was poisoned where BullMQ itself gave it up %s', (_, progress) => {
    const failedReason = 'job stalled more than allowable limit';
    expect(toCancellation(job({ progress, finishedOn: T0 + 200, failedReason }), 'failed')).toMatchObject({
      status: 'failed',
      nextAttemptAt: null,
      failure: { code: 'poisoned', message: failedReason },
    });
  });
});
