import { describe, expect, it } from 'vitest';
import type { Cancellation } from '../parts/cancellation.js';
import { reconcile } from '../reconciliation.js';
import type { Accounts } from '../reconciliation.js';
import type { Limits } from '../updates.js';
import type { CallView, FetchRecord, UpdateRecord } from '../../../src/simulator/calls/call-view.js';

const START = Date.parse('2026-11-23T00:00:00.000Z');
const at = (ms: number): string => new Date(START + ms).toISOString();
const LIMITS: Limits = { requestTimeoutMs: 5000, confirmationTimeoutMs: 8000, interruptions: [] };
const URL = 'http://documents/token';

const update = (sentMs: number, rest: Partial<UpdateRecord> = {}) =>
  ({
    at: at(sentMs),
    answeredAt: at(sentMs + 10),
    params: { Url: URL },
    applied: true,
    status: 200,
    fault: null,
    ...rest,
  }) as UpdateRecord;
const refused = (sentMs: number) => update(sentMs, { status: 503, applied: false });
const fetched = (ms: number) => ({ url: URL, status: 200, startedAt: at(ms) }) as FetchRecord;

const call = (updates: UpdateRecord[], fetches: FetchRecord[], status = 'stopped') =>
  ({ sid: 'call', updates, fetches, streams: [{ name: 'stream', status }] }) as CallView;

const attemptAt = (ms: number) => ({ startedAt: at(ms) }) as Cancellation['attempts'][number];

const cancellation = (rest: Partial<Cancellation> = {}) =>
  ({
    id: 'id',
    callSid: 'call',
    streamName: 'stream',
    status: 'succeeded',
    evidence: 'document_fetched',
    attempts: [attemptAt(0)],
    deadline: at(60_000),
    ...rest,
  }) as Cancellation;

/** Reconciles records in which only `wrong` and `end` are wrong. */
function reconciled(wrong: Partial<Accounts> = {}, end: Partial<Cancellation> = {}) {
  return reconcile({
    accepted: [{ id: 'id', callSid: 'call' }],
    found: new Map([['id', cancellation(end)]]),
    states: new Map([['id', ['completed']]]),
    calls: [call([update(0)], [fetched(20)])],
    limits: LIMITS,
    mayLose: false,
    ...wrong,
  });
}

describe('the reconciliation', () => {
  it('finds nothing if nothing is wrong', () => {
    expect(reconciled()).toEqual({ lost: 0, doubled: 0, violations: [] });
  });

  it.each([
    [0, []],
    [60_000, ['1 succeeded without a fetch or with a live stream (id)']],
  ])('lets a document be lost on its way in a fault that begins after %i ms', (from, violations) => {
    const lost = { ...fetched(20), status: null, durationMs: 5000 };
    const limits = { ...LIMITS, interruptions: [{ from: START + from, to: START + from + 1000 }] };
    const calls = [call([update(0)], [lost], 'in-progress')];
    expect(reconciled({ calls, limits }).violations).toEqual(violations);
  });

  it.each<[string, Partial<Accounts>, Partial<Cancellation>, RegExp]>([
    ['an accepted one that is gone', { found: new Map() }, {}, /^1 accepted, but unknown now \(id\)$/],
    ['an unfinished one', {}, { status: 'retrying' }, /^1 unfinished \(id retrying\)$/],
    [
      'one in two states',
      { states: new Map([['id', ['wait', 'failed']]]) },
      {},
      /in two states \(id in wait,failed\)/,
    ],
    ['a success without a fetch', { calls: [call([update(0)], [])] }, {}, /without a fetch/],
    [
      'a success with a live stream',
      { calls: [call([update(0)], [fetched(20)], 'in-progress')] },
      {},
      /live stream/,
    ],
    ['an attempt after the deadline', {}, { attempts: [attemptAt(60_001)] }, /after the deadline/],
    [
      'a POST after the deadline',
      { calls: [call([update(62_000)], [fetched(62_020)])] },
      {},
      /after the deadline/,
    ],
    ['a POST without an accepted cancellation', { accepted: [] }, {}, /nothing was accepted/],
  ])('finds %s', (_, wrong, end, violation) => {
    expect(reconciled(wrong, end).violations).toEqual([expect.stringMatching(violation)]);
  });

  it('counts what is gone, and excuses it only if the fault destroys data', () => {
    expect(reconciled({ found: new Map(), mayLose: true })).toEqual({ lost: 1, doubled: 0, violations: [] });
    expect(reconciled({ found: new Map() })).toMatchObject({ lost: 1 });
  });
});

describe('repeated POSTs of one cancellation', () => {
  const with2 = (first: UpdateRecord, second: UpdateRecord, fetches = [fetched(20)], limits = LIMITS) =>
    reconciled({ calls: [call([first, second], fetches)], limits });

  it('are doubled after one that worked', () => {
    expect(with2(update(0), update(1000))).toMatchObject({ doubled: 1, violations: ['1 POSTs too many'] });
  });

  it.each<[string, UpdateRecord]>([
    ['was refused', refused(0)],
    ['was cut off', update(0, { status: null, answeredAt: null })],
    ['was answered with garbage', update(0, { fault: { body: 'html' } })],
    ['was answered too late', update(0, { answeredAt: at(5500) })],
    ['was never fetched', update(0, { fault: { fetch: 'none' } })],
  ])('are explained by a first one that %s', (_, first) => {
    expect(with2(first, update(9000), [fetched(9020)])).toEqual({ lost: 0, doubled: 0, violations: [] });
  });

  it('are explained by a crash only once', () => {
    const limits = { ...LIMITS, interruptions: [{ from: START + 500, to: START + 500 }] };
    expect(with2(update(0), update(1000), undefined, limits)).toMatchObject({ doubled: 0 });
    const three = [update(0), update(1000), update(2000)];
    expect(reconciled({ calls: [call(three, [fetched(20), fetched(1020)])], limits })).toMatchObject({
      doubled: 1,
    });
  });

  it('are not counted for further cancellations of the call', () => {
    const ids = ['a', 'b'];
    const accepted = ids.map((id) => ({ id, callSid: 'call' }));
    const found = new Map(ids.map((id) => [id, cancellation({ id })]));
    const calls = [call([update(0), update(1000)], [fetched(20), fetched(1020)])];
    expect(reconciled({ accepted, found, calls })).toMatchObject({ doubled: 0, violations: [] });
  });

  it.each<[string, UpdateRecord, FetchRecord[]]>([
    ['an answer', update(0, { answeredAt: at(1000), status: 503, applied: false }), [fetched(600)]],
    ['a fetch', update(0), [fetched(800)]],
  ])('overlap if they do not wait for %s', (_, first, fetches) => {
    const { violations } = with2(first, update(500), fetches);
    expect(violations).toContainEqual('1 calls with overlapping updates (call)');
  });
});
