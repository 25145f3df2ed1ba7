import { describe, expect, it } from 'vitest';
import { stopLinks } from '../../../../src/links/stop-links.js';
import type { CallView, FetchRecord, UpdateRecord } from '../../../../src/simulator/calls/call-view.js';
import type { Cancellation } from '../../parts/cancellation.js';
import { bookOf } from '../books.js';
import type { Books } from '../books.js';
import { violationsIn } from '../comparison.js';

const START = Date.parse('2026-11-23T00:00:00.000Z');
const SECRET = 'a secret of 32 bytes or more, for tests';
const at = (ms: number): string => new Date(START + ms).toISOString();

/** The link that names `ids`, sent at `ms`. */
const link = (ms: number, ...ids: string[]): string =>
  stopLinks(
    { PUBLIC_URL: 'http://documents', LINK_SECRET: SECRET },
    {
      project: 'default',
      callSid: 'call',
      stops: ids.map((cancellationId) => ({ cancellationId, streamName: 'stream' })),
      then: [],
      sentAt: START + ms,
    },
    { deadline: START + 60_000, longestRunMs: 0 },
  ).url;

const post = (ms: number, rest: Partial<UpdateRecord> = {}, ids: readonly string[] = ['id']) =>
  ({
    at: at(ms + 5),
    answeredAt: at(ms + 10),
    params: { Url: link(ms, ...ids) },
    applied: true,
    status: 200,
    fault: null,
    ...rest,
  }) as UpdateRecord;

const fetched = (
  ms: number,
  sentMs: number,
  rest: Partial<FetchRecord> = {},
  ids: readonly string[] = ['id'],
) =>
  ({
    url: link(sentMs, ...ids),
    startedAt: at(ms),
    durationMs: 5,
    status: 200,
    error: null,
    body: '<Response><Stop><Stream name="stream"/></Stop></Response>',
    ...rest,
  }) as FetchRecord;

const attempt = (ms: number, httpStatus: number | null = 200) => ({
  startedAt: at(ms),
  outcome: httpStatus === null ? 'timeout' : 'accepted',
  httpStatus,
});

const record = (rest: Partial<Cancellation> = {}) =>
  ({
    id: 'id',
    callSid: 'call',
    streamName: 'stream',
    status: 'succeeded',
    evidence: 'document_fetched',
    attempts: [attempt(0)],
    deadline: at(60_000),
    acceptedAt: at(10),
    documentFetchedAt: at(20),
    streamStoppedAt: null,
    finishedAt: at(30),
    ...rest,
  }) as Cancellation;

const call = (rest: Partial<CallView> = {}) =>
  ({
    sid: 'call',
    updates: [post(0)],
    fetches: [fetched(20, 0)],
    callbacks: [],
    streams: [{ name: 'stream', status: 'stopped' }],
    endedAt: null,
    ...rest,
  }) as CallView;

/** Compares books in which only these parts are wrong. */
function found(
  wrongCall: Partial<CallView>,
  wrongRecord: Partial<Cancellation> = {},
  wrong: Partial<Books> = {},
): string[] {
  const books: Books = {
    accepted: ['id'],
    records: new Map([['id', record(wrongRecord)]]),
    states: new Map([['id', ['completed']]]),
    calls: [bookOf(call(wrongCall), SECRET)],
    disturbances: [],
    ...wrong,
  };
  return violationsIn(books).map(({ what }) => what);
}

describe('the comparison of the books', () => {
  it('finds nothing where they agree', () => {
    expect(found({})).toEqual([]);
  });

  it.each<[string, Partial<CallView>, Partial<Cancellation>, Partial<Books>, RegExp]>([
    ['an accepted one that is gone', {}, {}, { accepted: ['id', 'gone'] }, /^accepted, but unknown$/],
    ['one that is not final', {}, { status: 'retrying' }, {}, /^not final: retrying$/],
    ['one in two states', {}, {}, { states: new Map([['id', ['delayed', 'failed']]]) }, /in 2 states/],
    ['a fetch that never was', { fetches: [] }, {}, {}, /^document_fetched without a fetch$/],
    ['a fetch that broke off', { fetches: [fetched(20, 0, { status: null })] }, {}, {}, /without a fetch$/],
    ['a fetch for another one', { fetches: [fetched(20, 0, {}, ['other'])] }, {}, {}, /without a fetch$/],
    ['a callback that never was', {}, { streamStoppedAt: at(20) }, {}, /without a callback$/],
    ['an end that never was', {}, { evidence: 'call_ended' }, {}, /^call_ended, but/],
    ['a live stream', { streams: [{ name: 'stream', status: 'in-progress' } as never] }, {}, {}, /is live$/],
    ['an attempt that never came', { updates: [] }, { acceptedAt: null }, {}, /was never received$/],
    ['another answer', { updates: [post(0, { status: 503 })] }, { acceptedAt: null }, {}, /got 200, but 503/],
    [
      'an attempt after the deadline',
      {},
      { attempts: [attempt(0), attempt(60_001, null)] },
      {},
      /after the deadline$/,
    ],
    [
      'a POST after the deadline',
      {},
      { deadline: at(-1), attempts: [attempt(0)] },
      {},
      /^POST after the deadline/,
    ],
    [
      'a POST that is not listed',
      {},
      { attempts: [], acceptedAt: null, finishedAt: at(9000) },
      {},
      /^POST that id does not list/,
    ],
    [
      'a POST of another one that it does not list although it ended at that time',
      { updates: [post(0, {}, ['other', 'id'])] },
      { attempts: [], acceptedAt: null, finishedAt: at(1) },
      {},
      /^POST that id does not list/,
    ],
  ])('finds %s', (_, wrongCall, wrongRecord, wrong, violation) => {
    expect(found(wrongCall, wrongRecord, wrong)).toContainEqual(expect.stringMatching(violation));
  });
});

describe('a second POST', () => {
  const second = (
    ms: number,
    first: UpdateRecord,
    fetches: FetchRecord[],
    disturbances: Books['disturbances'] = [],
  ) =>
    found(
      { updates: [first, post(ms)], fetches },
      { attempts: [attempt(0, first.status), attempt(ms)] },
      { disturbances },
    ).filter((what) => what.startsWith('POST'));

  it.each<[string, number, UpdateRecord, FetchRecord[]]>([
    ['before the answer to the first', 200, post(0, { answeredAt: at(900) }), [fetched(250, 200)]],
    ['before the document of the first was fetched', 500, post(0), [fetched(900, 0), fetched(950, 500)]],
    ['that keeps the document of the first from being fetched', 500, post(0), [fetched(520, 500)]],
  ])('overlaps: %s', (_, ms, first, fetches) => {
    expect(second(ms, first, fetches)).toEqual([expect.stringMatching(/overlaps/)]);
  });

  it.each<[string, UpdateRecord]>([
    ['was refused', post(0, { applied: false, status: 503 })],
    ['was applied, but answered with 503', post(0, { status: 503 })],
  ])('of the same cancellation does not overlap with one that %s', (_, first) => {
    expect(second(500, first, [fetched(520, 500)])).toEqual([]);
  });

  it('is one too many once the document was fetched, unless that may have been lost', () => {
    const fetches = [fetched(20, 0), fetched(5020, 5000)];
    expect(second(5000, post(0), fetches)).toEqual([expect.stringMatching(/although all of it was proven/)]);
    const disturbance = { target: 'documents 1', what: 'kill', from: START + 20, to: START + 900 } as const;
    expect(second(5000, post(0), fetches, [disturbance])).toEqual([]);
  });
});
