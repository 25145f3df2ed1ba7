import { describe, expect, it } from 'vitest';
import type { Attempt, CancellationRecord, GiveUpReason } from '../../../src/cancellation/record.js';
import { endOf, endReason } from '../../../src/queue/finished/end-reason.js';
import { failureOf } from '../../../src/cancellation/view.js';
import { T0, testRecord } from '../../cancellation/fixtures/cancellation.js';

const attempt = (number: number, fields: Partial<Attempt>): Attempt => ({
  number,
  strategy: 'update_call',
  startedAt: T0,
  durationMs: 1,
  outcome: 'provider_error',
  httpStatus: null,
  providerCode: null,
  message: null,
  mayHaveArrived: true,
  ...fields,
});

const CASES: [CancellationRecord, GiveUpReason, string][] = [
  [
    testRecord({ attempts: [attempt(4, { httpStatus: 500 }), attempt(5, { httpStatus: 503 })] }),
    'deadline',
    'expired: SignalWire answered 503 to the last of 5 attempts (provider_error)',
  ],
  [
    testRecord({ attempts: [attempt(1, { outcome: 'rejected', httpStatus: 400 })] }),
    'refused',
    'failed: SignalWire answered 400 to the only attempt (rejected)',
  ],
  [
    testRecord({ attempts: [attempt(2, { outcome: 'not_confirmed', httpStatus: 200 })] }),
    'attempts',
    'failed: no evidence followed the last of 2 attempts (not_confirmed)',
  ],
  [
    testRecord({ attempts: [attempt(2, { outcome: 'timeout' })] }),
    'deadline',
    'expired: no answer came to the last of 2 attempts (timeout)',
  ],
  [
    testRecord({ attempts: [attempt(3, { outcome: 'unreachable' })] }),
    'deadline',
    'expired: SignalWire was out of reach for the last of 3 attempts (unreachable)',
  ],
  [
    testRecord({ waitingFor: 'throttled' }),
    'deadline',
    'expired: it was never sent, because SignalWire throttled the project (rate_limited)',
  ],
  [testRecord({}), 'deadline', 'expired: it was never sent (none)'],
  [
    testRecord({ waitingFor: 'answer' }),
    'refused',
    'failed: SignalWire does not know the call (call_not_found)',
  ],
];

describe('the reason of a failed job', () => {
  it.each(CASES)('case %# says what happened', (record, reason, words) => {
    expect(endReason(record, reason)).toBe(words);
  });

  it.each(CASES)('case %# has the code that the API shows', (record, reason, words) => {
    const { code } = failureOf({ ...record, givenUp: reason }, words);
    expect(endOf(words)).toEqual({ status: words.replace(/:.*/, ''), code: code ?? 'none' });
  });

  it('is that of a crashing worker where BullMQ has ended the job', () => {
    expect(endOf('job stalled more than allowable limit')).toEqual({ status: 'failed', code: 'poisoned' });
  });
});
