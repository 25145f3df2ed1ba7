import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_RECORD, recordOf, storedRecord } from '../../src/cancellations/cancellation-record.js';
import type { Attempt, CancellationRecord } from '../../src/cancellations/cancellation-record.js';
import type { CancellationJob } from '../../src/cancellations/cancellations.queue.js';

const time = fc.option(fc.integer({ min: 1 }));
const attempt: fc.Arbitrary<Attempt> = fc.record({
  number: fc.integer({ min: 1 }),
  strategy: fc.constantFrom('update_call', 'stream_resource'),
  startedAt: fc.integer({ min: 1 }),
  durationMs: fc.nat(),
  outcome: fc.constantFrom('accepted', 'rejected', 'timeout'),
  httpStatus: fc.option(fc.integer({ min: 100, max: 599 })),
  providerCode: fc.option(fc.string()),
  message: fc.option(fc.string()),
});
const record: fc.Arbitrary<CancellationRecord> = fc.record({
  attempts: fc.array(attempt, { maxLength: 3 }),
  sendingSince: time,
  acceptedAt: time,
  documentFetchedAt: time,
  streamStoppedAt: time,
  binFetches: fc.option(fc.nat()),
  callEnded: fc.boolean(),
  nextAttemptAt: time,
  waitingFor: fc.constantFrom(null, 'call', 'throttled'),
  givenUp: fc.constantFrom(null, 'deadline', 'refused'),
});

const jobWith = (fields: Partial<CancellationJob>): CancellationJob =>
  ({ progress: 0, returnvalue: null, ...JSON.parse(JSON.stringify(fields)) }) as CancellationJob;

describe('a record as its job keeps it', () => {
  it('is read as it was written, as progress and as result', () => {
    fc.assert(
      fc.property(record, (written) => {
        const stored = storedRecord(written);
        const read = { ...EMPTY_RECORD, ...written };
        expect(recordOf(jobWith({ progress: stored }))).toEqual(read);
        expect(recordOf(jobWith({ returnvalue: stored }))).toEqual(read);
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
    expect(recordOf(jobWith({ progress: { ...EMPTY_RECORD, acceptedAt: 1 } }))).toEqual({
      ...EMPTY_RECORD,
      acceptedAt: 1,
    });
  });
});
