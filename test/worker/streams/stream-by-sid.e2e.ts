import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/simulator/faults/fault.js';
import { STAY, STREAM_SID, streamsSuite } from './fixtures/streams.js';

const UNKNOWN: Fault = { on: 'stream', status: 404, times: 'always' };

const suite = streamsSuite();
const { api, call, cancel, cancelAfter, finished, know, untilKnown, withKnownStreams, withStream } = suite;

const sidsOf = (callSid: string): string[] => call(callSid).streams.map(({ sid }) => sid);

describe('a stream that is stopped by its SID', () => {
  it('leaves the document of its call running', async () => {
    const callSid = withStream();
    await suite.runPause(callSid);
    expect(await cancel({ callSid, streamSid: STREAM_SID })).toMatchObject({
      streamName: null,
      streamSid: STREAM_SID,
      strategy: 'auto',
      status: 'succeeded',
      evidence: 'accepted',
      attempts: [{ number: 1, strategy: 'stream_resource', outcome: 'accepted', httpStatus: 200 }],
      documentFetchedAt: null,
    });
    const { streamPosts, updates, streams, status, verbs } = call(callSid);
    expect(streamPosts).toMatchObject([
      {
        path: expect.stringMatching(`/Streams/${STREAM_SID}$`) as string,
        params: { Status: 'stopped' },
        applied: true,
      },
    ]);
    expect(updates).toHaveLength(1);
    expect(streams).toMatchObject([{ status: 'stopped' }]);
    expect(status).toBe('in-progress');
    expect(verbs.map(({ name }) => name)).toEqual(['Pause']);
  });

  it('needs no SID in the request if a status callback has told it', async () => {
    const callSid = await withKnownStreams(['stream']);
    const [streamSid] = sidsOf(callSid);
    expect(await cancel({ callSid, streamName: 'stream' })).toMatchObject({
      streamName: 'stream',
      streamSid,
      status: 'succeeded',
      attempts: [{ strategy: 'stream_resource', outcome: 'accepted' }],
    });
    expect(call(callSid)).toMatchObject({ updates: [], status: 'in-progress' });
    await untilKnown(callSid, []);
  });

  it('needs no SID for stream_resource either if a status callback has told it', async () => {
    const callSid = await withKnownStreams(['stream']);
    const body = { callSid, streamName: 'stream', strategy: 'stream_resource' };
    expect(await cancel(body)).toMatchObject({
      status: 'succeeded',
      strategy: 'stream_resource',
      streamSid: sidsOf(callSid)[0],
    });
  });

  it('is tried again after a 503', async () => {
    const callSid = withStream({ faults: [{ on: 'stream', status: 503 }] });
    expect(await cancel({ callSid, streamSid: STREAM_SID })).toMatchObject({
      status: 'succeeded',
      attempts: [{ outcome: 'provider_error', strategy: 'stream_resource' }, { outcome: 'accepted' }],
    });
  });

  it('is tried again if SignalWire does not say that it is stopped', async () => {
    const callSid = withStream({ faults: [{ on: 'stream', stop: 'none' }] });
    expect(await cancel({ callSid, streamSid: STREAM_SID })).toMatchObject({
      status: 'succeeded',
      attempts: [
        { outcome: 'not_confirmed', message: expect.stringContaining('neither its answer') as string },
        { outcome: 'accepted' },
      ],
    });
  });

  it('has succeeded as soon as a status callback says that it stopped', async () => {
    const callSid = withStream({
      streams: [{ name: 'stream', sid: STREAM_SID, statusCallback: suite.statusUrl() }],
      faults: [{ on: 'stream', stop: { delayMs: 100 } }],
    });
    expect(await cancel({ callSid, streamSid: STREAM_SID })).toMatchObject({
      status: 'succeeded',
      evidence: 'stream_stopped',
      attempts: [{ outcome: 'accepted' }],
    });
  });

  it('does not count as stopped because an earlier stream of the same name has stopped', async () => {
    const callSid = withStream({ faults: [{ on: 'stream', stop: 'none', times: 'always' }] });
    const body = { callSid, streamSid: STREAM_SID, streamName: 'stream' };
    const end = await cancelAfter(body, () =>
      suite.reportStopped({ CallSid: callSid, StreamName: 'stream', StreamSid: 'former' }),
    );
    expect(end).toMatchObject({
      status: 'failed',
      streamStoppedAt: null,
      failure: { code: 'not_confirmed' },
    });
  });

  it('needs no stop once its call is over', async () => {
    const callSid = withStream();
    suite.simulator().endCall(callSid);
    expect(await cancel({ callSid, streamSid: STREAM_SID })).toMatchObject({
      status: 'succeeded',
      evidence: 'call_ended',
    });
  });

  it('fails at once if SignalWire does not know the call', async () => {
    expect(await cancel({ callSid: 'nobody', streamSid: STREAM_SID })).toMatchObject({
      status: 'failed',
      failure: { code: 'call_not_found' },
    });
  });

  it('is warned of the end of its call for as long as a document may still be needed', async () => {
    const callSid = withStream();
    const accepted = await api().create({ callSid, streamSid: STREAM_SID, streamName: 'stream' });
    expect(accepted.warnings).toMatchObject([{ code: 'call_ends' }]);
    expect((await finished(accepted.id)).warnings).toEqual([]);
    const unknown = withStream({ faults: [UNKNOWN] });
    const end = await cancel({ callSid: unknown, streamSid: STREAM_SID, streamName: 'stream' });
    expect(end.warnings).toMatchObject([{ code: 'call_ends' }]);
  });

  it.each<[string, Fault[]]>([
    ['is stopped', []],
    ['does not exist', [UNKNOWN]],
  ])('is forgotten once SignalWire has said that it %s', async (_, faults) => {
    const callSid = withStream({ faults });
    await know(callSid, 'stream', STREAM_SID);
    const end = await cancel({ callSid, streamName: 'stream', strategy: 'stream_resource' });
    expect(end.streamSid).toBe(STREAM_SID);
    await untilKnown(callSid, []);
  });
});

describe('a stream with a known SID', () => {
  it.each([
    ['the strategy is update_call', { strategy: 'update_call' }],
    ['the request says what the call does next', { then: STAY }],
  ])('is stopped by a document if %s', async (_, body) => {
    const callSid = await withKnownStreams(['stream']);
    expect(await cancel({ callSid, streamName: 'stream', ...body })).toMatchObject({
      status: 'succeeded',
      attempts: [{ strategy: 'update_call', outcome: 'accepted' }],
    });
    expect(call(callSid).streamPosts.filter(({ path }) => !path.endsWith('/Streams'))).toEqual([]);
    expect(call(callSid).updates).toHaveLength(1);
  });
});
