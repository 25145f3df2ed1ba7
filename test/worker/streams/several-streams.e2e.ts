import { describe, expect, it } from 'vitest';
import type { Cancellation } from '../../../src/api/cancellation.js';
import type { Fault } from '../../../src/simulator/faults/fault.js';
import { STAY, streamsSuite } from './fixtures/streams.js';

const UNKNOWN: Fault = { on: 'stream', status: 404, times: 'always' };
const THREE = ['one', 'two', 'three'];
const EIGHT = Array.from({ length: 8 }, (_, index) => `stream-${index}`);

const { api, call, finishedAll, simulator, untilKnown, withKnownStreams } = streamsSuite({
  DEFAULT_THEN: JSON.stringify(STAY),
});

interface Answer {
  readonly items: Cancellation[];
}

async function several(body: object, headers: Record<string, string> = {}): Promise<Cancellation[]> {
  const response = await api().post(body, headers);
  expect(response.status).toBe(202);
  return ((await response.json()) as Answer).items;
}

const named = (names: readonly string[]): string =>
  simulator().createCall({ streams: names.map((name) => ({ name })) }).sid;

const areAllStopped = (callSid: string): boolean =>
  call(callSid).streams.every(({ status }) => status === 'stopped');

describe('several streams of one request', () => {
  it('are stopped by one document, in the order of the request', async () => {
    const callSid = named(THREE);
    const items = await several({ callSid, streamNames: THREE });
    expect(items.map(({ streamName }) => streamName)).toEqual(THREE);
    for (const end of await finishedAll(items))
      expect(end).toMatchObject({
        status: 'succeeded',
        attempts: [{ number: 1, strategy: 'update_call', outcome: 'accepted' }],
      });
    expect(call(callSid).updates).toHaveLength(1);
    const stops = call(callSid)
      .fetches.at(-1)
      ?.body.matchAll(/<Stop><Stream name="(\w+)"/g);
    expect([...(stops ?? [])].map(([, name]) => name)).toEqual(THREE);
    expect(areAllStopped(callSid)).toBe(true);
  });

  it('are stopped by several documents, one after the other, if their names are long', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `${index}-`.padEnd(256, 'x'));
    const callSid = named(names);
    const items = await several({ callSid, streamNames: names });
    for (const end of await finishedAll(items)) expect(end).toMatchObject({ status: 'succeeded' });
    // A document carries four such names.
    expect(call(callSid).updates.length).toBeGreaterThanOrEqual(5);
    expect(call(callSid).updates.length).toBeLessThan(10);
    expect(areAllStopped(callSid)).toBe(true);
    expect(call(callSid).status).toBe('in-progress');
  });

  it('are stopped together with one that is under way already, which stays the same cancellation', async () => {
    const streams = ['one', 'two'].map((name) => ({ name }));
    const callSid = simulator().createCall({ streams, faults: [{ latencyMs: 300 }] }).sid;
    const first = await api().create({ callSid, streamName: 'one' });
    const items = await several({ callSid, streamNames: ['two', 'one'] });
    expect(items[1]).toMatchObject({ id: first.id, duplicate: true });
    expect(items[0]?.duplicate).toBeUndefined();
    for (const end of await finishedAll(items)) expect(end).toMatchObject({ status: 'succeeded' });
  });

  it('are all stopped by their names if SignalWire knows none of their SIDs', async () => {
    const callSid = await withKnownStreams(EIGHT);
    simulator().setFaults(callSid, [UNKNOWN]);
    for (const { status, attempts } of await finishedAll(await several({ callSid, streamNames: EIGHT }))) {
      expect(status).toBe('succeeded');
      expect(attempts[0]).toMatchObject({ strategy: 'stream_resource', outcome: 'rejected' });
    }
    expect(areAllStopped(callSid)).toBe(true);
    expect(call(callSid).status).toBe('in-progress');
  });
});

describe('a request for all streams of a call', () => {
  it('stops each stream by the SID that its status callback told', async () => {
    const callSid = await withKnownStreams(THREE);
    const items = await several({ callSid, streamNames: 'all' });
    expect(new Set(items.map(({ streamName }) => streamName))).toEqual(new Set(THREE));
    for (const end of await finishedAll(items))
      expect(end).toMatchObject({
        status: 'succeeded',
        attempts: [{ strategy: 'stream_resource', outcome: 'accepted' }],
      });
    expect(call(callSid).updates).toEqual([]);
    expect(areAllStopped(callSid)).toBe(true);
  });

  it('stops them by one document if it says what the call does next', async () => {
    const callSid = await withKnownStreams(THREE);
    await finishedAll(await several({ callSid, streamNames: 'all', then: STAY }));
    expect(call(callSid).updates).toHaveLength(1);
    expect(areAllStopped(callSid)).toBe(true);
  });

  it('does not stop streams by names that it did not give', async () => {
    const callSid = await withKnownStreams(EIGHT);
    simulator().setFaults(callSid, [UNKNOWN]);
    const items = await several({ callSid, streamNames: 'all' });
    expect(items.flatMap(({ warnings }) => warnings)).toEqual([]);
    for (const end of await finishedAll(items))
      expect(end).toMatchObject({
        status: 'failed',
        failure: { code: 'rejected' },
        attempts: [{ strategy: 'stream_resource' }],
      });
    expect(call(callSid)).toMatchObject({ updates: [], status: 'in-progress' });
  });

  it('returns the same cancellations for its Idempotency-Key, though the call has other streams by now', async () => {
    const callSid = await withKnownStreams(['one', 'two']);
    const headers = { 'idempotency-key': `several-${callSid}` };
    const body = { callSid, streamNames: 'all' };
    const ends = await finishedAll(await several(body, headers));
    await untilKnown(callSid, []);

    const again = await api().post(body, headers);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(((await again.json()) as Answer).items).toEqual(ends);
    const other = await api().post({ callSid, streamNames: ['one'] }, headers);
    expect(await other.json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    const single = await api().post({ callSid, streamName: 'one' }, headers);
    expect(single.status).toBe(422);
  });

  it('is refused if none is known', async () => {
    const response = await api().post({ callSid: 'silent', streamNames: 'all' });
    expect(await response.json()).toMatchObject({
      status: 409,
      code: 'no_known_streams',
      detail: expect.stringContaining('statusCallback') as string,
    });
  });
});

describe('a request that names its streams in a way that cannot work', () => {
  it.each([
    ['update_call without a name', { streamSid: 'sid', strategy: 'update_call' }, 'streamName'],
    ['stream_resource without a SID', { streamName: 'stream', strategy: 'stream_resource' }, 'streamSid'],
    ['stream_resource with then', { streamSid: 'sid', strategy: 'stream_resource', then: STAY }, 'then'],
    ['then without a name', { streamSid: 'sid', then: STAY }, 'streamName'],
    ['one name and several', { streamName: 'a', streamNames: ['b'] }, 'streamName'],
    ['a SID and several names', { streamSid: 'sid', streamNames: 'all' }, 'streamSid'],
    [
      'several by SIDs that are not known',
      { streamNames: ['a', 'b'], strategy: 'stream_resource' },
      'streamNames[0]',
      'streamNames[1]',
    ],
  ])('is refused, with the field at fault: %s', async (_, body, ...fields) => {
    const response = await api().post({ callSid: 'call', ...body });
    expect(await response.json()).toMatchObject({
      status: 400,
      code: 'invalid_body',
      errors: fields.map((field) => ({ field })),
    });
  });
});
