import { describe, expect, it } from 'vitest';
import { SUCCEEDED } from '../../../src/api/examples.js';

interface Step {
  readonly at: string | null;
  readonly title: string;
  readonly detail: string;
}

const load = async <T>(module: string): Promise<T> =>
  (await import(new URL(`../../../src/console/page/${module}`, import.meta.url).href)) as T;

const { meaningOf, stepsOf, summaryOf } = await load<{
  meaningOf: (cancellation: object) => string | undefined;
  stepsOf: (cancellation: object) => Step[];
  summaryOf: (cancellation: object) => string;
}>('one/timeline.js');
const { isBeingReported } = await load<{ isBeingReported: (cancellation: object) => boolean }>('one/one.js');
const { resultOf, merged, withChanges } = await load<{
  resultOf: (cancellation: object) => string;
  merged: (before: object[], after: object[]) => { id: string }[];
  withChanges: (filter: object, items: object[], changed: object[]) => object[];
}>('list/list.js');
const { reasonsOf } = await load<{
  reasonsOf: (items: object[]) => { count: number; name: string; filter: object }[];
}>('now/failures.js');

const START = '2026-01-31T10:00:00.000Z';
const after = (ms: number): string => new Date(Date.parse(START) + ms).toISOString();

const ONE = {
  ...SUCCEEDED,
  createdAt: START,
  deadline: after(60_000),
  acceptedAt: after(1100),
  documentFetchedAt: after(1200),
  saidStoppedAt: null,
  streamStoppedAt: null,
  finishedAt: after(1250),
  attempts: [
    attempt(1, 20, {
      outcome: 'provider_error',
      httpStatus: 503,
      providerCode: '20504',
      message: 'Unavailable',
    }),
    attempt(2, 1000, { outcome: 'accepted', httpStatus: 200 }),
  ],
};

function attempt(number: number, startedAfterMs: number, rest: object) {
  return {
    number,
    strategy: 'update_call',
    startedAt: after(startedAfterMs),
    durationMs: 80,
    httpStatus: null,
    providerCode: null,
    message: null,
    ...rest,
  };
}

const UNSENT = { code: null, message: 'no worker sent it before the deadline' };

describe('the timeline', () => {
  it('says who asked, what was answered and after which wait, what was fetched, and how it ended', () => {
    const steps = stepsOf({ ...ONE, requestedBy: 'billing', streamName: 'agent', callbacks: [] });
    expect(steps.map(({ title }) => title)).toEqual([
      'billing asked to stop stream "agent"',
      'Attempt 1 (Update a Call): SignalWire had an error',
      'Attempt 2 (Update a Call): accepted',
      'SignalWire accepted the request',
      'SignalWire fetched the stop document',
      'Succeeded',
    ]);
    expect(steps[1]?.detail).toBe('HTTP 503; code 20504; Unavailable; took 80 ms');
    expect(steps[2]?.detail).toBe('HTTP 200; took 80 ms; after a wait of 900 ms');
  });

  it('ends with what is still to come', () => {
    const unfinished = {
      ...ONE,
      status: 'retrying',
      finishedAt: null,
      nextAttemptAt: after(5000),
      callbacks: [],
    };
    expect(
      stepsOf(unfinished)
        .slice(-2)
        .map(({ at, title }) => [at, title]),
    ).toEqual([
      [after(5000), 'Next attempt'],
      [after(60_000), 'Deadline: no attempt starts after it'],
    ]);
  });

  it.each([
    [[], 'Withdrawn before it was sent', ''],
    [ONE.attempts.slice(0, 1), 'Withdrawn after 1 attempt', ''],
    [ONE.attempts, 'Withdrawn after 2 attempts', ''],
  ])('says of a withdrawn one whether anything was sent: %#', (attempts, title, detail) => {
    const withdrawn = { ...ONE, status: 'withdrawn', evidence: 'none', attempts, callbacks: [] };
    expect(stepsOf(withdrawn).at(-1)).toMatchObject({ title, detail });
  });

  it('says why an unknown call was looked for', () => {
    const unknown = { ...ONE, ...failed('call_not_found', 'No such call'), callbacks: [] };
    expect(stepsOf(unknown).at(-1)?.detail).toMatch(/^No such call\. .*until 5 s after the request\.$/);
  });

  it.each([
    [{ finishedAt: null, callbacks: [{ status: 'pending' }] }, false],
    [{ finishedAt: START, callbacks: [{ status: 'pending' }] }, true],
    [{ finishedAt: START, callbacks: [{ status: 'delivered' }] }, false],
    [{ finishedAt: START, callbacks: [] }, false],
  ])('goes on after the end while a callback is to be delivered: %j', (cancellation, isGoingOn) => {
    expect(isBeingReported(cancellation)).toBe(isGoingOn);
  });

  it('shows how the end was reported', () => {
    const callback = {
      nextAttemptAt: after(9000),
      attempts: [
        { startedAt: after(2000), durationMs: 10, outcome: 'rejected', httpStatus: 500, message: null },
      ],
    };
    const titles = stepsOf({ ...ONE, callbacks: [callback] }).map(({ title }) => title);
    expect(titles.slice(-2)).toEqual(['Callback – rejected', 'Next attempt to deliver the callback']);
  });
});

const failed = (code: string | null, message: string) => ({ status: 'failed', failure: { code, message } });

describe('the sentence about a cancellation', () => {
  it.each([
    [{}, 'SignalWire fetched the stop document 1200 ms after the request.'],
    [{ evidence: 'call_ended' }, 'The call is over, so nothing is left to stop.'],
    [
      { evidence: 'stream_stopped', streamStoppedAt: after(2000) },
      'The stream stopped 2000 ms after the request, as SignalWire reported.',
    ],
    [
      { evidence: 'accepted', saidStoppedAt: after(30) },
      'SignalWire said that the stream has stopped, 30 ms after the request.',
    ],
    [failed('rejected', 'Url is not valid'), 'Failed: SignalWire refused it: Url is not valid.'],
    [
      { status: 'expired', failure: null, finishedAt: after(3014), deadlineMs: 3000 },
      'The deadline passed 3000 ms after the request, without proof of a stop.',
    ],
    [
      { status: 'withdrawn', evidence: 'none', attempts: [] },
      'Withdrawn before it was sent. The stream was not stopped by it.',
    ],
    [{ status: 'withdrawn', evidence: 'none' }, 'Withdrawn after 2 attempts, without proof of a stop.'],
    [
      { status: 'withdrawn', evidence: 'accepted', attempts: ONE.attempts.slice(1) },
      'Withdrawn after 1 attempt. SignalWire accepted the request.',
    ],
    [
      { status: 'withdrawn' },
      'Withdrawn after 2 attempts. SignalWire fetched the stop document 1200 ms after the request.',
    ],
    [{ status: 'queued' }, 'Waiting to be sent.'],
  ])('claims no more than is known: %j', (fields, sentence) => {
    expect(summaryOf({ ...ONE, ...fields })).toBe(sentence);
  });

  it.each([
    [{}, /^Known: SignalWire has fetched the instruction.*Not known: whether the stream has stopped/],
    [{ evidence: 'accepted' }, /^Known: SignalWire has accepted.*Not known: whether the stream has stopped/],
    [{ evidence: 'stream_stopped' }, /^undefined$/],
    [{ evidence: 'accepted', saidStoppedAt: after(30) }, /^undefined$/],
    [{ evidence: 'call_ended' }, /^undefined$/],
  ])('is followed by what the evidence shows and what it does not: %j', (fields, meaning) => {
    expect(String(meaningOf({ ...ONE, ...fields }))).toMatch(meaning);
  });

  it.each([
    [{}, 'stop document fetched after 1200 ms'],
    [{ evidence: 'call_ended' }, 'call is over'],
    [failed('rejected', 'Url is not valid'), 'SignalWire refused it: Url is not valid'],
    [{ status: 'expired', failure: UNSENT }, UNSENT.message],
    [{ status: 'queued', evidence: 'none', attempts: [] }, ''],
  ])('is short in the list: %j', (fields, text) => {
    expect(resultOf({ ...ONE, failure: null, ...fields })).toBe(text);
  });
});

describe('the list', () => {
  it('shows each cancellation once, as it was last heard of, the newest first', () => {
    const [old, young] = [
      { id: 'old', createdAt: after(0), status: 'queued' },
      { id: 'young', createdAt: after(1), status: 'queued' },
    ];
    expect(merged([young, old], [{ ...old, status: 'failed' }])).toEqual([
      young,
      { ...old, status: 'failed' },
    ]);
  });
});

describe('a list that is read again', () => {
  it('keeps what was heard of while it was read, as far as it belongs there', () => {
    const [known, young, other] = [
      { id: 'known', createdAt: after(0), status: 'failed' },
      { id: 'young', createdAt: after(1), status: 'queued' },
      { id: 'other', createdAt: after(2), status: 'failed' },
    ];
    const snapshot = [{ ...known, status: 'queued' }];
    expect(withChanges({ status: ['queued'] }, snapshot, [known, young, other])).toEqual([young, known]);
  });
});

const FAILED = { status: ['failed', 'expired'], last: '1h', retried: 'false' };

describe('what failed in the last hour', () => {
  it('is counted by reason, with a filter that shows the same', () => {
    const items = [
      failed('rejected', 'a'),
      failed('timeout', 'b'),
      failed('timeout', 'b'),
      { status: 'expired', failure: UNSENT },
    ];
    expect(reasonsOf(items).map(({ count, name, filter }) => [count, name, filter])).toEqual([
      [2, 'SignalWire did not answer in time', { ...FAILED, failureCode: ['timeout'] }],
      [1, 'SignalWire refused it', { ...FAILED, failureCode: ['rejected'] }],
      [1, 'Never sent before the deadline', { ...FAILED, failureCode: ['none'] }],
    ]);
  });
});
