import { describe, expect, it } from 'vitest';
import { EMPTY_RECORD } from '../../src/cancellation/record.js';
import type { CancellationRecord } from '../../src/cancellation/record.js';
import type { CancellationJob } from '../../src/queue/cancellations.queue.js';
import { recordOf } from '../../src/queue/job-record.js';
import { T0, testAttempt, testRecord } from '../cancellation/fixtures/cancellation.js';

const RECORD = testRecord({ attempts: [testAttempt()], acceptedAt: T0 + 40 });

/** As BullMQ reads it back from Redis. */
const jobWith = (fields: object): CancellationJob =>
  ({ progress: 0, returnvalue: null, ...fields }) as object as CancellationJob;

describe('the record of a job', () => {
  it.each<[string, object, CancellationRecord]>([
    ["is empty while BullMQ's progress is 0", {}, EMPTY_RECORD],
    ['is its progress while it is open', { progress: RECORD }, RECORD],
    [
      'is its result once it has one, whatever its progress was',
      { progress: EMPTY_RECORD, returnvalue: RECORD },
      RECORD,
    ],
    [
      'has the empty value for a field that did not exist when it was written',
      { progress: { acceptedAt: T0 } },
      testRecord({ acceptedAt: T0 }),
    ],
  ])('%s', (_, fields, record) => {
    expect(recordOf(jobWith(fields))).toEqual(record);
  });
});
