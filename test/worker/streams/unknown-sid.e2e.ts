import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/simulator/faults/fault.js';
import { testAttempt } from '../../cancellation/fixtures/cancellation.js';
import { laml } from '../../simulator/support/send.js';
import { STREAM_SID, streamsSuite } from './fixtures/streams.js';

const UNKNOWN: Fault = { on: 'stream', status: 404, times: 'always' };
const NAMED = { streamSid: STREAM_SID, streamName: 'stream' };

const { call, cancel, cancelAfter, leaveRecord, simulator, withStream } = streamsSuite();

describe('a stream whose SID SignalWire does not know', () => {
  it('is stopped by its name at once', async () => {
    const callSid = withStream({ faults: [UNKNOWN] });
    expect(await cancel({ callSid, ...NAMED })).toMatchObject({
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
    expect(call(callSid).streamPosts).toHaveLength(1);
    expect(call(callSid).updates).toHaveLength(1);
  });

  it('is stopped by its name though its worker was lost after the answer', async () => {
    const callSid = withStream();
    const refused = testAttempt({ strategy: 'stream_resource', outcome: 'rejected', httpStatus: 404 });
    const end = await cancelAfter({ callSid, ...NAMED }, (id) =>
      leaveRecord(id, { attempts: [refused], sidNotFound: true }),
    );
    expect(end).toMatchObject({
      status: 'succeeded',
      attempts: [
        { strategy: 'stream_resource' },
        { number: 2, strategy: 'update_call', outcome: 'accepted' },
      ],
    });
    expect(call(callSid).streamPosts).toEqual([]);
  });

  it.each([
    ['it has no name', { streamSid: STREAM_SID }],
    ['the strategy is stream_resource', { ...NAMED, strategy: 'stream_resource' }],
  ])('is not stopped, and the cancellation fails, if %s', async (_, body) => {
    const callSid = withStream({ faults: [UNKNOWN] });
    expect(await cancel({ callSid, ...body })).toMatchObject({
      status: 'failed',
      failure: { code: 'rejected', message: expect.stringContaining('no such stream') as string },
      attempts: [{ strategy: 'stream_resource' }],
    });
    expect(call(callSid)).toMatchObject({ reads: 1, updates: [], streams: [{ status: 'in-progress' }] });
  });
});

describe('a stream that SignalWire has forgotten because it is stopped', () => {
  const FORGOTTEN: Fault = { on: 'stream', stopped: 'unknown', times: 'always' };

  it.each<[string, Fault, string, object]>([
    ['later than it was awaited', { on: 'stream', stop: { delayMs: 50 } }, 'not_confirmed', {}],
    [
      'later than it was awaited, and has no name',
      { on: 'stream', stop: { delayMs: 50 } },
      'not_confirmed',
      { streamName: undefined },
    ],
    ['by a POST whose answer was lost', { on: 'stream', drop: 'after' }, 'unreachable', {}],
    ['by a POST whose answer was garbled', { on: 'stream', body: 'garbage' }, 'invalid_response', {}],
  ])('is gone, and its call goes on: stopped %s', async (_, fault, outcome, fields) => {
    const callSid = withStream({ faults: [fault, FORGOTTEN] });
    const end = await cancel({ callSid, ...NAMED, ...fields });
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
    expect(call(callSid)).toMatchObject({
      updates: [],
      status: 'in-progress',
      streams: [{ status: 'stopped' }],
    });
  });

  it('is gone, and its call goes on: stopped by a worker that was lost before the answer', async () => {
    const callSid = withStream({ faults: [FORGOTTEN] });
    const form = { Status: 'stopped' };
    const { status } = await laml(simulator(), callSid, { suffix: `/Streams/${STREAM_SID}`, form });
    expect(status).toBe(200);
    const end = await cancelAfter({ callSid, ...NAMED }, (id) =>
      leaveRecord(id, { open: { startedAt: Date.now(), strategy: 'stream_resource' } }),
    );
    expect(end).toMatchObject({
      status: 'succeeded',
      attempts: [{ outcome: 'timeout' }, { strategy: 'stream_resource', outcome: 'rejected' }],
    });
    expect(call(callSid)).toMatchObject({ updates: [], status: 'in-progress' });
  });
});

describe('a stream whose worker was lost during the POST to its SID', () => {
  it('is stopped by its SID again, once the call is known to be in progress', async () => {
    const callSid = withStream();
    const end = await cancelAfter({ callSid, ...NAMED }, (id) =>
      leaveRecord(id, { open: { startedAt: Date.now(), strategy: 'stream_resource' } }),
    );
    expect(end).toMatchObject({
      status: 'succeeded',
      attempts: [
        { strategy: 'stream_resource', outcome: 'timeout' },
        { number: 2, strategy: 'stream_resource', outcome: 'accepted' },
      ],
    });
    expect(call(callSid)).toMatchObject({ reads: 1, updates: [], status: 'in-progress' });
  });
});
