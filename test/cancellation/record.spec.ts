import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_RECORD, storedRecord } from '../../src/cancellation/record.js';
import { recordOf } from '../../src/queue/job-record.js';
import type { Attempt, CancellationRecord } from '../../src/cancellation/record.js';
import type { CancellationJob } from '../../src/queue/cancellations.queue.js';

const time = fc.option(fc.integer({ min: 1 }));
const strategy = fc.constantFrom('update_call', 'stream_resource');
/** SignalWire's, who may say what we leave out elsewhere. */
const words = fc.oneof(fc.string(), fc.constant('update_call'));
const attempt: fc.Arbitrary<Attempt> = fc.record({
  number: fc.integer({ min: 1 }),
  strategy,
  startedAt: fc.integer({ min: 1 }),
  durationMs: fc.nat(),
  outcome: fc.constantFrom('accepted', 'rejected', 'timeout'),
  httpStatus: fc.option(fc.integer({ min: 100, max: 599 })),
  providerCode: fc.option(words),
  message: fc.option(words),
  isUnsent: fc.boolean(),
});
const record: fc.Arbitrary<CancellationRecord> = fc.record({
  attempts: fc.array(attempt, { maxLength: 3 }),
  sendingSince: time,
  sendingBy: fc.option(strategy, { nil: undefined }),
  acceptedAt: time,
  documentFetchedAt: time,
  streamStoppedAt: time,
  saidStoppedAt: time,
  streamGoneAt: time,
  isUncounted: fc.boolean(),
  streamSid: fc.option(words, { nil: undefined }),
  sidNotFound: fc.boolean(),
  binFetches: fc.option(fc.nat()),
  callEnded: fc.boolean(),
  nextAttemptAt: time,
  waitingFor: fc.constantFrom(null, 'call', 'throttled'),
  givenUp: fc.constantFrom(null, 'deadline', 'refused'),
});

const jobWith = (fields: Partial<CancellationJob>): CancellationJob =>
  ({ progress: 0, returnvalue: null, ...JSON.parse(JSON.stringify(fields)) }) as CancellationJob;

/** With what an absent field means. */
const meant = (record: CancellationRecord): CancellationRecord => ({
  ...record,
  sendingBy: record.sendingBy ?? 'update_call',
  attempts: record.attempts.map((attempt) => ({ ...attempt, isUnsent: attempt.isUnsent ?? false })),
});

/** As a job's progress was kept before what is empty was left out. */
const OLDER = {
  attempts: [
    {
      number: 1,
      startedAt: 1_790_000_000_000,
      durationMs: 40,
      outcome: 'rejected',
      httpStatus: 400,
      providerCode: '21220',
      message: null,
    },
  ],
  sendingSince: null,
  acceptedAt: 1,
  documentFetchedAt: null,
  streamStoppedAt: null,
  binFetches: null,
  callEnded: false,
  nextAttemptAt: null,
  waitingFor: 'call',
  givenUp: null,
} as const;

describe('a record as its job keeps it', () => {
  it('is read as it was written, as progress and as result', () => {
    fc.assert(
      fc.property(record, (written) => {
        const stored = storedRecord(written);
        expect(meant(recordOf(jobWith({ progress: stored })))).toEqual(meant(written));
        expect(meant(recordOf(jobWith({ returnvalue: stored })))).toEqual(meant(written));
      }),
    );
  });

  it('leaves out what is empty', () => {
    expect(storedRecord(EMPTY_RECORD)).toEqual({});
    expect(storedRecord({ ...EMPTY_RECORD, acceptedAt: 1, binFetches: 0, isUncounted: false })).toEqual({
      acceptedAt: 1,
      binFetches: 0,
    });
  });

  it('is read where an older version wrote all of it', () => {
    const read = recordOf(jobWith({ progress: OLDER }));
    expect(read).toEqual({
      ...EMPTY_RECORD,
      ...OLDER,
      attempts: [{ strategy: 'update_call', ...OLDER.attempts[0] }],
    });
  });
});
