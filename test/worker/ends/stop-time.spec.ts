import { describe, expect, it } from 'vitest';
import { EMPTY_RECORD } from '../../../src/cancellation/record.js';
import type { Attempt, CancellationRecord } from '../../../src/cancellation/record.js';
import { isMet, leakedMs } from '../../../src/worker/stop-time.js';
import type { End } from '../../../src/worker/stop-time.js';

const CREATED = 1_000_000;

const ATTEMPT: Attempt = {
  number: 1,
  strategy: 'update_call',
  startedAt: CREATED,
  durationMs: 10,
  outcome: 'accepted',
  httpStatus: 200,
  providerCode: null,
  message: null,
  mayHaveArrived: true,
};

const after = (ms: number): number => CREATED + ms;

const end = (status: End['status'], record: Partial<CancellationRecord> = {}): End => ({
  status,
  record: { ...EMPTY_RECORD, ...record },
  createdAt: CREATED,
  deadline: after(30_000),
  endedAt: after(40_000),
});

describe('the time for which a stream went on, and the objectives', () => {
  it.each<[string, End, { leakedMs: number; soon: boolean | null; inTime: boolean | null }]>([
    [
      'its document was fetched within a second',
      end('succeeded', { acceptedAt: after(50), documentFetchedAt: after(1000) }),
      { leakedMs: 1000, soon: true, inTime: true },
    ],
    [
      'its document was fetched later',
      end('succeeded', { documentFetchedAt: after(1001) }),
      { leakedMs: 1001, soon: false, inTime: true },
    ],
    [
      'its document was fetched after the deadline',
      end('succeeded', { documentFetchedAt: after(30_001) }),
      { leakedMs: 30_001, soon: false, inTime: false },
    ],
    [
      'a callback said that the stream stopped',
      end('succeeded', { streamStoppedAt: after(20) }),
      { leakedMs: 20, soon: true, inTime: true },
    ],
    [
      'SignalWire said so in its answer',
      end('succeeded', { saidStoppedAt: after(30_000) }),
      { leakedMs: 30_000, soon: false, inTime: true },
    ],
    [
      'by the clock of another machine, before it was accepted',
      end('succeeded', { streamStoppedAt: after(-20) }),
      { leakedMs: 0, soon: true, inTime: true },
    ],
    [
      'nothing but acceptance is required',
      end('succeeded', { acceptedAt: after(80) }),
      { leakedMs: 40_000, soon: true, inTime: true },
    ],
    [
      'the call was over',
      end('succeeded', { callEnded: true }),
      { leakedMs: 40_000, soon: null, inTime: null },
    ],
    ['it expired', end('expired'), { leakedMs: 40_000, soon: false, inTime: false }],
    ['it failed', end('failed', { attempts: [ATTEMPT] }), { leakedMs: 40_000, soon: false, inTime: false }],
    [
      'it failed although its document was fetched',
      end('failed', { documentFetchedAt: after(70) }),
      { leakedMs: 40_000, soon: false, inTime: false },
    ],
    [
      'it expired although SignalWire had said so in its answer',
      end('expired', { saidStoppedAt: after(60) }),
      { leakedMs: 40_000, soon: false, inTime: false },
    ],
    [
      'it failed although a callback said that the stream stopped',
      end('failed', { documentFetchedAt: after(70), streamStoppedAt: after(90) }),
      { leakedMs: 90, soon: false, inTime: false },
    ],
    [
      'its document was fetched, and a callback said that the stream stopped',
      end('succeeded', { documentFetchedAt: after(70), streamStoppedAt: after(90) }),
      { leakedMs: 90, soon: true, inTime: true },
    ],
    [
      'SignalWire does not know the call',
      end('failed', { attempts: [{ ...ATTEMPT, outcome: 'call_not_found' }] }),
      { leakedMs: 40_000, soon: null, inTime: null },
    ],
    ['it was withdrawn', end('withdrawn'), { leakedMs: 0, soon: null, inTime: null }],
  ])('where %s', (_, given, expected) => {
    expect({
      leakedMs: leakedMs(given),
      soon: isMet('within_1s', given),
      inTime: isMet('within_deadline', given),
    }).toEqual(expected);
  });
});
