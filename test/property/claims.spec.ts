import { describe, expect, it } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import type { CallView, FetchRecord, UpdateRecord } from '../../src/simulator/calls/call-view.js';
import { unfoundedClaims } from './claims.js';

const START = Date.parse('2026-11-23T00:00:00.000Z');
const at = (ms: number): string => new Date(START + ms).toISOString();
const URL = 'http://documents/token';
const NOTED_WITHIN_MS = 100;

const attempt = {
  startedAt: at(0),
  outcome: 'accepted',
  httpStatus: 200,
} as Cancellation['attempts'][number];
const update = { params: { Url: URL }, applied: true, status: 200 } as unknown as UpdateRecord;
const fetched = {
  url: URL,
  status: 200,
  startedAt: at(50),
  durationMs: 5,
  body: '<Response><Stop><Stream name="stream"/></Stop></Response>',
  error: null,
} as FetchRecord;

const CANCELLATION = {
  streamName: 'stream',
  streamSid: null,
  status: 'succeeded',
  evidence: 'document_fetched',
  attempts: [attempt],
  deadline: at(1000),
  acceptedAt: at(10),
  documentFetchedAt: at(52),
  saidStoppedAt: null,
  streamStoppedAt: null,
  finishedAt: at(60),
} as unknown as Cancellation;

const CALL = {
  createdAt: at(-100),
  updates: [update],
  streamPosts: [],
  fetches: [fetched],
  callbacks: [],
  streams: [{ name: 'stream', sid: 'sid', stoppedAt: at(55) }],
  endedAt: null,
} as unknown as CallView;

const claimsOf = (cancellation: object = {}, call: object = {}): string[] =>
  unfoundedClaims(Object.assign({}, CANCELLATION, cancellation), { ...CALL, ...call }, NOTED_WITHIN_MS);

/** An attempt with an answer that SignalWire does not have in its books. */
const REFUSED = {
  status: 'expired',
  evidence: 'none',
  acceptedAt: null,
  documentFetchedAt: null,
  attempts: [{ startedAt: at(0), outcome: 'provider_error', httpStatus: 503 }],
};

const RUNNING = [{ name: 'stream', sid: 'sid', stoppedAt: null }];

describe('the claims of a cancellation', () => {
  it('are founded if SignalWire has the same in its books', () => {
    expect(claimsOf()).toEqual([]);
    expect(claimsOf({ evidence: 'call_ended' }, { streams: RUNNING, endedAt: at(40) })).toEqual([]);
  });

  it.each<[string, object, object, string[]]>([
    ['a success while the stream runs', {}, { streams: RUNNING }, ['succeeded']],
    ['a success before the stream stopped', { finishedAt: at(-50) }, {}, ['succeeded']],
    [
      'a fetch of another document',
      {},
      { fetches: [{ ...fetched, body: '<Stream name="other"/>' }] },
      ['its document was fetched'],
    ],
    ['a fetch that failed', {}, { fetches: [{ ...fetched, status: 403 }] }, ['its document was fetched']],
    ['a fetch at another time', { documentFetchedAt: at(900) }, {}, ['its document was fetched']],
    ['an acceptance', {}, { updates: [{ ...update, status: 503 }] }, ['was accepted', 'accepted attempts']],
    ['more acceptances', { attempts: [attempt, attempt] }, {}, ['accepted attempts']],
    ['an attempt after the deadline', { deadline: at(-1) }, {}, ['sent in time']],
    ['a callback', { streamStoppedAt: at(55) }, {}, ['its stream stopped']],
    ["SignalWire's word", { saidStoppedAt: at(55) }, {}, ['SignalWire said it is stopped']],
    ['an answered attempt', REFUSED, { updates: [] }, ['sent']],
    ['the end of the call', { evidence: 'call_ended' }, {}, ['the call ended']],
  ])('are unfounded without it: %s', (_, cancellation, call, claims) => {
    expect(claimsOf(cancellation, call)).toEqual(claims);
  });
});
