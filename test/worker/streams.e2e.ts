import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cancellation } from '../../src/api/cancellation.js';
import { EMPTY_RECORD } from '../../src/cancellation/record.js';
import type { CancellationRecord } from '../../src/cancellation/record.js';
import { callKey, streamKey } from '../../src/cancellation/keys.js';
import { stoppedMailbox } from '../../src/evidence/evidence.js';
import { knownStreamsKey } from '../../src/evidence/known-streams.js';
import type { CallView } from '../../src/simulator/calls/call-view.js';
import type { CreateCall } from '../../src/simulator/calls/create-call.js';
import type { Fault } from '../../src/simulator/faults/fault.js';
import { laml } from '../simulator/support/send.js';
import { startTestService } from '../support/service.js';
import type { TestService } from '../support/service.js';

const STAY = [{ pause: 600 }];
const SID = '0f7c3c1a-5b1e-4d38-9d0e-2f7a0c9d8e11';

const UNKNOWN: Fault = { on: 'stream', status: 404, times: 'always' };

let service: TestService;
let redis: Redis;

beforeAll(async () => {
  service = await startTestService({
    MAX_ATTEMPTS: '3',
    BACKOFF_BASE_MS: '20',
    BACKOFF_CAP_MS: '50',
    CONFIRMATION_TIMEOUT_MS: '1000',
  });
  redis = new Redis(service.variables.REDIS_URL);
});
afterAll(async () => {
  redis.disconnect();
  await service.close();
});

const call = (sid: string): CallView => service.simulator.call(sid);

const withStream = (more: CreateCall = {}): CallView =>
  service.simulator.createCall({ streams: [{ name: 'stream', sid: SID }], ...more });

async function cancel(body: object): Promise<Cancellation> {
  const { id } = await service.api.create(body);
  return service.finished(id);
}

const knownKey = (callSid: string): string =>
  knownStreamsKey(service.variables.QUEUE_PREFIX, callKey({ project: 'default', callSid }));

const known = async (callSid: string): Promise<string[]> => (await redis.hkeys(knownKey(callSid))).toSorted();

/** Has been recorded once this resolves. */
async function tellStopped(fields: {
  CallSid: string;
  StreamName: string;
  StreamSid: string;
}): Promise<void> {
  const { projectId } = service.simulator;
  const told = { AccountSid: projectId, StreamEvent: 'stream-stopped', ...fields };
  await fetch(`${service.urls.documents}/laml/stream-status`, {
    method: 'POST',
    body: new URLSearchParams(told),
  });
  const key = streamKey({ project: 'default', callSid: fields.CallSid, streamName: fields.StreamSid });
  const mailbox = stoppedMailbox(service.variables.QUEUE_PREFIX, key);
  await vi.waitFor(async () => expect(await redis.exists(mailbox)).toBe(1), { timeout: 5000 });
}

/** A call on which these streams were started with a status callback to the service, which has been told so. */
async function withKnownStreams(names: readonly string[], more: CreateCall = {}): Promise<string> {
  const { sid } = service.simulator.createCall(more);
  for (const Name of names) {
    const { status } = await laml(service.simulator, sid, {
      suffix: '/Streams',
      form: {
        Url: 'wss://media.example.com',
        Name,
        StatusCallback: `${service.variables.PUBLIC_URL}/laml/stream-status`,
      },
    });
    expect(status).toBe(200);
  }
  await vi.waitFor(async () => expect(await known(sid)).toEqual([...names].toSorted()), { timeout: 5000 });
  return sid;
}

const sidsOf = (view: CallView): string[] => view.streams.map(({ sid }) => sid);

/** What a worker comes to that takes over a cancellation with this record. */
async function carryOn(callSid: string, record: Partial<CancellationRecord>): Promise<Cancellation> {
  const { queue } = service.queue;
  await queue.pause();
  const { id } = await service.api.create({ callSid, streamSid: SID, streamName: 'stream' });
  await (await queue.getJob(id))?.updateProgress({ ...EMPTY_RECORD, ...record });
  await queue.resume();
  return service.finished(id);
}

/** Has the call run a document that never ends by itself. */
async function runPause(callSid: string): Promise<void> {
  const bin = service.simulator.createBin('<Response><Pause length="600"/></Response>');
  await laml(service.simulator, callSid, { form: { Url: bin.url } });
  await service.simulator.until(callSid, ({ verbs }) => verbs.at(-1)?.name === 'Pause');
}

const finishedAll = (items: readonly Cancellation[]): Promise<Cancellation[]> =>
  Promise.all(items.map(({ id }) => service.finished(id)));

const named = (names: readonly string[]): string =>
  service.simulator.createCall({ streams: names.map((name) => ({ name })) }).sid;

describe('a stream that is stopped by its SID', () => {
  it('which the request gives: the running document goes on', async () => {
    const { sid } = withStream();
    await runPause(sid);
    expect(await cancel({ callSid: sid, streamSid: SID })).toMatchObject({
      streamName: null,
      streamSid: SID,
      strategy: 'auto',
      status: 'succeeded',
      evidence: 'accepted',
      attempts: [{ number: 1, strategy: 'stream_resource', outcome: 'accepted', httpStatus: 200 }],
      documentFetchedAt: null,
    });
    const { streamPosts, updates, streams, status, verbs } = call(sid);
    expect(streamPosts).toMatchObject([
      {
        path: expect.stringMatching(`/Streams/${SID}$`) as string,
        params: { Status: 'stopped' },
        applied: true,
      },
    ]);
    expect(updates).toHaveLength(1);
    expect(streams).toMatchObject([{ status: 'stopped' }]);
    expect(status).toBe('in-progress');
    expect(verbs.map(({ name }) => name)).toEqual(['Pause']);
  });

  it('which a status callback has told: `auto` uses it', async () => {
    const callSid = await withKnownStreams(['stream']);
    const [streamSid] = sidsOf(call(callSid));
    expect(await cancel({ callSid, streamName: 'stream' })).toMatchObject({
      streamName: 'stream',
      streamSid,
      status: 'succeeded',
      attempts: [{ strategy: 'stream_resource', outcome: 'accepted' }],
    });
    expect(call(callSid).updates).toEqual([]);
    expect(call(callSid).status).toBe('in-progress');
    await vi.waitFor(async () => expect(await known(callSid)).toEqual([]));
  });

  it('needs no SID for `stream_resource` where a status callback has told it', async () => {
    const callSid = await withKnownStreams(['stream']);
    expect(await cancel({ callSid, streamName: 'stream', strategy: 'stream_resource' })).toMatchObject({
      status: 'succeeded',
      strategy: 'stream_resource',
      streamSid: sidsOf(call(callSid))[0],
    });
  });

  it('which is not known to SignalWire: stopped by its name at once', async () => {
    const { sid } = withStream({ faults: [UNKNOWN] });
    expect(await cancel({ callSid: sid, streamSid: SID, streamName: 'stream' })).toMatchObject({
      status: 'succeeded',
      evidence: 'document_fetched',
      attempts: [
        {
          number: 1,
          strategy: 'stream_resource',
          outcome: 'rejected',
          httpStatus: 404,
          message: expect.stringContaining('no such stream') as string,
        },
        { number: 2, strategy: 'update_call', outcome: 'accepted' },
      ],
    });
    expect(call(sid).streamPosts).toHaveLength(1);
    expect(call(sid).updates).toHaveLength(1);
  });

  it('goes on by its name where its worker was lost after SignalWire did not know the SID', async () => {
    const { sid } = withStream();
    const refused = {
      number: 1,
      strategy: 'stream_resource' as const,
      startedAt: Date.now(),
      mayHaveArrived: true,
      durationMs: 1,
    };
    const answer = { outcome: 'rejected' as const, httpStatus: 404, providerCode: null, message: null };
    const end = await carryOn(sid, { attempts: [{ ...refused, ...answer }], sidNotFound: true });
    expect(end).toMatchObject({
      status: 'succeeded',
      attempts: [
        { strategy: 'stream_resource' },
        { number: 2, strategy: 'update_call', outcome: 'accepted' },
      ],
    });
    expect(call(sid).streamPosts).toEqual([]);
  });

  it('is stopped by it once more where its worker was lost in the middle', async () => {
    const { sid } = withStream();
    const end = await carryOn(sid, { open: { startedAt: Date.now(), strategy: 'stream_resource' } });
    expect(end).toMatchObject({
      status: 'succeeded',
      attempts: [
        { strategy: 'stream_resource', outcome: 'timeout' },
        { number: 2, strategy: 'stream_resource', outcome: 'accepted' },
      ],
    });
    expect(call(sid)).toMatchObject({ reads: 1, updates: [], status: 'in-progress' });
  });

  it.each([
    ['there is no name', { streamSid: SID }],
    [
      'the document is to be left alone',
      { streamSid: SID, streamName: 'stream', strategy: 'stream_resource' },
    ],
  ])('which is not known to SignalWire, and %s: failed', async (_, body) => {
    const { sid } = withStream({ faults: [UNKNOWN] });
    expect(await cancel({ callSid: sid, ...body })).toMatchObject({
      status: 'failed',
      failure: { code: 'rejected', message: expect.stringContaining('no such stream') as string },
      attempts: [{ strategy: 'stream_resource' }],
    });
    expect(call(sid)).toMatchObject({ reads: 1, updates: [], streams: [{ status: 'in-progress' }] });
  });

  const FORGOTTEN: Fault = { on: 'stream', stopped: 'unknown', times: 'always' };

  it.each<[string, Fault, string, object]>([
    ['later than it was waited for', { on: 'stream', stop: { delayMs: 50 } }, 'not_confirmed', {}],
    [
      'the same, without a name',
      { on: 'stream', stop: { delayMs: 50 } },
      'not_confirmed',
      { streamName: undefined },
    ],
    ['by a POST whose answer was lost', { on: 'stream', drop: 'after' }, 'unreachable', {}],
    ['by a POST whose answer was garbled', { on: 'stream', body: 'garbage' }, 'invalid_response', {}],
  ])('which was stopped %s: gone, and the call goes on', async (_, fault, outcome, fields) => {
    const { sid } = withStream({ faults: [fault, FORGOTTEN] });
    const end = await cancel({ callSid: sid, streamSid: SID, streamName: 'stream', ...fields });
    expect(end).toMatchObject({
      status: 'succeeded',
      evidence: 'accepted',
      documentFetchedAt: null,
      streamStoppedAt: null,
      attempts: [
        { strategy: 'stream_resource', outcome },
        { strategy: 'stream_resource', outcome: 'rejected', httpStatus: 404 },
      ],
      warnings: [],
    });
    expect(Date.parse(end.saidStoppedAt ?? '')).toBeGreaterThan(Date.parse(end.createdAt));
    expect(call(sid)).toMatchObject({ updates: [], status: 'in-progress', streams: [{ status: 'stopped' }] });
  });

  it('which was stopped by a worker that was lost in the middle: gone, and the call goes on', async () => {
    const { sid } = withStream({ faults: [FORGOTTEN] });
    const form = { Status: 'stopped' };
    expect((await laml(service.simulator, sid, { suffix: `/Streams/${SID}`, form })).status).toBe(200);
    const end = await carryOn(sid, { open: { startedAt: Date.now(), strategy: 'stream_resource' } });
    expect(end).toMatchObject({
      status: 'succeeded',
      attempts: [{ outcome: 'timeout' }, { strategy: 'stream_resource', outcome: 'rejected' }],
    });
    expect(call(sid)).toMatchObject({ updates: [], status: 'in-progress' });
  });

  it('is warned of the end of its call for as long as it may come to that', async () => {
    const { sid } = withStream();
    const accepted = await service.api.create({ callSid: sid, streamSid: SID, streamName: 'stream' });
    expect(accepted.warnings).toMatchObject([{ code: 'call_ends' }]);
    expect((await service.finished(accepted.id)).warnings).toEqual([]);
    const unknown = withStream({ faults: [UNKNOWN] }).sid;
    const end = await cancel({ callSid: unknown, streamSid: SID, streamName: 'stream' });
    expect(end.warnings).toMatchObject([{ code: 'call_ends' }]);
  });

  it('of a call that is over: there is nothing left to stop', async () => {
    const { sid } = withStream();
    service.simulator.endCall(sid);
    expect(await cancel({ callSid: sid, streamSid: SID })).toMatchObject({
      status: 'succeeded',
      evidence: 'call_ended',
    });
  });

  it('of a call that SignalWire does not know', async () => {
    expect(await cancel({ callSid: 'nobody', streamSid: SID })).toMatchObject({
      status: 'failed',
      failure: { code: 'call_not_found' },
    });
  });

  it('is tried again where SignalWire does not say that it is stopped', async () => {
    const { sid } = withStream({ faults: [{ on: 'stream', stop: 'none' }] });
    expect(await cancel({ callSid: sid, streamSid: SID })).toMatchObject({
      status: 'succeeded',
      attempts: [
        { outcome: 'not_confirmed', message: expect.stringContaining('neither its answer') as string },
        { outcome: 'accepted' },
      ],
    });
  });

  it('has succeeded as soon as a status callback says that it stopped', async () => {
    const statusCallback = `${service.variables.PUBLIC_URL}/laml/stream-status`;
    const { sid } = withStream({
      streams: [{ name: 'stream', sid: SID, statusCallback }],
      faults: [{ on: 'stream', stop: { delayMs: 100 } }],
    });
    expect(await cancel({ callSid: sid, streamSid: SID })).toMatchObject({
      status: 'succeeded',
      evidence: 'stream_stopped',
      attempts: [{ outcome: 'accepted' }],
    });
  });

  it('is not taken for stopped because an earlier stream of its name was', async () => {
    const { sid } = withStream({ faults: [{ on: 'stream', stop: 'none', times: 'always' }] });
    const { queue } = service.queue;
    await queue.pause();
    const { id } = await service.api.create({ callSid: sid, streamSid: SID, streamName: 'stream' });
    await tellStopped({ CallSid: sid, StreamName: 'stream', StreamSid: 'former' });
    await queue.resume();
    expect(await service.finished(id)).toMatchObject({
      status: 'failed',
      streamStoppedAt: null,
      failure: { code: 'not_confirmed' },
    });
  });

  it.each<[string, Fault[]]>([
    ['stopped', []],
    ['unknown', [UNKNOWN]],
  ])('is forgotten once SignalWire has said that it is %s', async (_, faults) => {
    const { sid } = withStream({ faults });
    await redis.hset(knownKey(sid), 'stream', `${Date.now()} ${SID}`);
    await cancel({ callSid: sid, streamName: 'stream', strategy: 'stream_resource' });
    await vi.waitFor(async () => expect(await known(sid)).toEqual([]), { timeout: 5000 });
  });

  it('is tried again after a 503', async () => {
    const { sid } = withStream({ faults: [{ on: 'stream', status: 503 }] });
    expect(await cancel({ callSid: sid, streamSid: SID })).toMatchObject({
      status: 'succeeded',
      attempts: [{ outcome: 'provider_error', strategy: 'stream_resource' }, { outcome: 'accepted' }],
    });
  });
});

describe('a stream that is stopped by a document', () => {
  it.each([
    ['since `update_call` says so', { strategy: 'update_call' }],
    ['since the request says what the call does next', { then: STAY }],
  ])('although its SID is known, %s', async (_, body) => {
    const callSid = await withKnownStreams(['stream']);
    expect(await cancel({ callSid, streamName: 'stream', ...body })).toMatchObject({
      status: 'succeeded',
      attempts: [{ strategy: 'update_call', outcome: 'accepted' }],
    });
    expect(call(callSid).streamPosts.filter(({ path }) => !path.endsWith('/Streams'))).toEqual([]);
    expect(call(callSid).updates).toHaveLength(1);
  });
});

describe('several streams of one request', () => {
  interface Answer {
    readonly items: Cancellation[];
  }

  async function several(body: object, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await service.api.post(body, headers);
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBeNull();
    return (await response.json()) as Answer;
  }

  it('are stopped by one document', async () => {
    const names = ['one', 'two', 'three'];
    const callSid = named(names);
    const { items } = await several({ callSid, streamNames: names, then: STAY });
    expect(items.map(({ streamName }) => streamName)).toEqual(names);
    for (const end of await finishedAll(items))
      expect(end).toMatchObject({
        status: 'succeeded',
        attempts: [{ number: 1, strategy: 'update_call', outcome: 'accepted' }],
      });
    expect(call(callSid).updates).toHaveLength(1);
    const stopped = call(callSid)
      .fetches.at(-1)
      ?.body.matchAll(/<Stop><Stream name="(\w+)"/g);
    expect([...(stopped ?? [])].map(([, name]) => name)).toEqual(names);
    expect(call(callSid).streams.every(({ status }) => status === 'stopped')).toBe(true);
  });

  it('are stopped by several documents, one after the other, where their names are long', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `${index}-`.padEnd(256, 'x'));
    const callSid = named(names);
    const { items } = await several({ callSid, streamNames: names, then: STAY });
    for (const end of await finishedAll(items)) expect(end).toMatchObject({ status: 'succeeded' });
    // A document carries four such names.
    expect(call(callSid).updates.length).toBeGreaterThanOrEqual(5);
    expect(call(callSid).updates.length).toBeLessThan(10);
    expect(call(callSid).streams.every(({ status }) => status === 'stopped')).toBe(true);
    expect(call(callSid).status).toBe('in-progress');
  });

  it('are all that are known, each by its SID', async () => {
    const callSid = await withKnownStreams(['one', 'two', 'three']);
    const { items } = await several({ callSid, streamNames: 'all' });
    expect(new Set(items.map(({ streamName }) => streamName))).toEqual(new Set(['one', 'two', 'three']));
    for (const end of await finishedAll(items))
      expect(end).toMatchObject({
        status: 'succeeded',
        attempts: [{ strategy: 'stream_resource', outcome: 'accepted' }],
      });
    expect(call(callSid).updates).toEqual([]);
    expect(call(callSid).streams.every(({ status }) => status === 'stopped')).toBe(true);
  });

  it('are all that are known, by one document where the call is to do something next', async () => {
    const callSid = await withKnownStreams(['one', 'two', 'three']);
    const { items } = await several({ callSid, streamNames: 'all', then: STAY });
    await finishedAll(items);
    expect(call(callSid).updates).toHaveLength(1);
    expect(call(callSid).streams.every(({ status }) => status === 'stopped')).toBe(true);
  });

  const EIGHT = Array.from({ length: 8 }, (_, index) => `stream-${index}`);

  it('are stopped by their names, in one document, where SignalWire knows none of their SIDs', async () => {
    const callSid = await withKnownStreams(EIGHT);
    service.simulator.setFaults(callSid, [UNKNOWN]);
    const ends = await finishedAll((await several({ callSid, streamNames: EIGHT })).items);
    for (const end of ends)
      expect(end).toMatchObject({
        status: 'succeeded',
        attempts: [
          { strategy: 'stream_resource', outcome: 'rejected' },
          { strategy: 'update_call', outcome: 'accepted' },
        ],
      });
    expect(call(callSid).updates).toHaveLength(1);
    expect(call(callSid).streams.every(({ status }) => status === 'stopped')).toBe(true);
  });

  it('are not stopped by names that the request did not name', async () => {
    const callSid = await withKnownStreams(EIGHT);
    service.simulator.setFaults(callSid, [UNKNOWN]);
    const { items } = await several({ callSid, streamNames: 'all' });
    expect(items.flatMap(({ warnings }) => warnings)).toEqual([]);
    for (const end of await finishedAll(items))
      expect(end).toMatchObject({
        status: 'failed',
        failure: { code: 'rejected' },
        attempts: [{ strategy: 'stream_resource' }],
      });
    expect(call(callSid)).toMatchObject({ updates: [], status: 'in-progress' });
  });

  it('are those that are under way already, where they are', async () => {
    const callSid = service.simulator.createCall({
      streams: ['one', 'two'].map((name) => ({ name })),
      faults: [{ latencyMs: 300 }],
    }).sid;
    const first = await service.api.create({ callSid, streamName: 'one', then: STAY });
    const { items } = await several({ callSid, streamNames: ['two', 'one'], then: STAY });
    expect(items[1]).toMatchObject({ id: first.id, duplicate: true });
    expect(items[0]?.duplicate).toBeUndefined();
    for (const end of await finishedAll(items)) expect(end).toMatchObject({ status: 'succeeded' });
  });

  it('are the same ones again for the same Idempotency-Key, even where `all` would be others by now', async () => {
    const callSid = await withKnownStreams(['one', 'two']);
    const headers = { 'idempotency-key': `several-${callSid}` };
    const body = { callSid, streamNames: 'all' };
    const { items } = await several(body, headers);
    const ends = await finishedAll(items);
    await vi.waitFor(async () => expect(await known(callSid)).toEqual([]));

    const again = await service.api.post({ strategy: 'auto', ...body }, headers);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(((await again.json()) as Answer).items).toEqual(ends);
    const other = await service.api.post({ callSid, streamNames: ['one'] }, headers);
    expect(await other.json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    const single = await service.api.post({ callSid, streamName: 'one' }, headers);
    expect(single.status).toBe(422);
  });

  it('cannot be all where none is known', async () => {
    const response = await service.api.post({ callSid: 'silent', streamNames: 'all' });
    expect(await response.json()).toMatchObject({
      status: 409,
      code: 'no_known_streams',
      detail: expect.stringContaining('statusCallback') as string,
    });
  });
});

describe('a request that cannot be granted', () => {
  const CALL = { callSid: 'call' };
  it.each([
    ['update_call without a name', { streamSid: SID, strategy: 'update_call' }, 'streamName'],
    ['stream_resource without a SID', { streamName: 'stream', strategy: 'stream_resource' }, 'streamSid'],
    ['stream_resource with then', { streamSid: SID, strategy: 'stream_resource', then: STAY }, 'then'],
    ['then without a name', { streamSid: SID, then: STAY }, 'streamName'],
    ['one name and several', { streamName: 'a', streamNames: ['b'] }, 'streamName'],
    ['a SID and several names', { streamSid: SID, streamNames: 'all' }, 'streamSid'],
    [
      'several by SIDs that are not known',
      { streamNames: ['a', 'b'], strategy: 'stream_resource' },
      'streamNames[0]',
      'streamNames[1]',
    ],
  ])('is refused, and says why: %s', async (_, body, ...fields) => {
    const response = await service.api.post({ ...CALL, ...body });
    expect(await response.json()).toMatchObject({
      status: 400,
      code: 'invalid_body',
      errors: fields.map((field) => ({ field })),
    });
  });
});
