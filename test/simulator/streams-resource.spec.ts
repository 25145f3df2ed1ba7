import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { DocumentServer } from './support/document-server.js';
import { control, laml } from './support/send.js';
import type { LamlRequest, LamlResponse } from './support/send.js';

const SID = '0f7c3c1a-5b1e-4d38-9d0e-2f7a0c9d8e11';
const STOPPED = { Status: 'stopped' };
const START = { Url: 'wss://media.example.com/audio' };

let simulator: Simulator;
let documents: DocumentServer;

beforeAll(async () => {
  simulator = await startSimulator({ log: false });
  documents = await DocumentServer.start();
});
afterAll(async () => {
  await simulator.close();
  await documents.close();
});

const newCall = (more = {}): string =>
  simulator.createCall({ streams: [{ name: 'stream', sid: SID }], ...more }).sid;
const stop = (
  sid: string,
  request: LamlRequest = { form: STOPPED },
  streamSid = SID,
): Promise<LamlResponse> =>
  laml(simulator, sid, { ...request, suffix: `/Streams/${streamSid}${request.suffix ?? ''}` });
const start = (sid: string, form: Record<string, string>, suffix = ''): Promise<LamlResponse> =>
  laml(simulator, sid, { form, suffix: `/Streams${suffix}` });

describe('a POST to a stream resource', () => {
  it.each<[string, LamlRequest]>([
    ['a form', { form: STOPPED }],
    ['JSON', { json: STOPPED }],
    ['.json', { form: STOPPED, suffix: '.json' }],
    ['the older prefix', { form: STOPPED, prefix: '/2010-04-01' }],
  ])('stops the stream and keeps the document running: %s', async (_, request) => {
    const sid = newCall();
    const Url = documents.document('/dial', '<Dial>+15551234567</Dial>');
    await laml(simulator, sid, { form: { Url } });
    await simulator.until(sid, ({ verbs }) => verbs.length === 1);

    const { status, text } = await stop(sid, request);
    expect([status, JSON.parse(text)]).toMatchObject([
      200,
      { sid: SID, account_sid: simulator.projectId, call_sid: sid, name: 'stream', status: 'stopped' },
    ]);
    expect(simulator.call(sid)).toMatchObject({
      status: 'in-progress',
      streams: [{ status: 'stopped' }],
      updates: [{ applied: true }],
      streamPosts: [{ applied: true, status: 200 }],
    });
  });

  it.each<[string, (sid: string) => Promise<LamlResponse>, [number, number]]>([
    ['an unknown stream', (sid) => stop(sid, { form: STOPPED }, 'nothing'), [404, 20404]],
    ["the stream's name", (sid) => stop(sid, { form: STOPPED }, 'stream'), [404, 20404]],
    ['an unknown call', () => stop('nobody'), [404, 20404]],
    ['another status', (sid) => stop(sid, { form: { Status: 'in-progress' } }), [400, 10000]],
    ['no status', (sid) => stop(sid, { form: {} }), [400, 10000]],
    ['a wrong token', (sid) => stop(sid, { form: STOPPED, authorization: 'Basic eDp5' }), [401, 20003]],
  ])('stops nothing with %s', async (_, post, [status, code]) => {
    const sid = newCall();
    const response = await post(sid);
    expect([response.status, JSON.parse(response.text)]).toMatchObject([status, { code }]);
    expect(simulator.call(sid).streams).toMatchObject([{ status: 'in-progress' }]);
  });

  it('gets 404 for a finished call', async () => {
    const sid = newCall();
    simulator.endCall(sid);
    expect((await stop(sid)).status).toBe(404);
  });

  it('has its own faults: a false 404, or `in-progress` for a stream that stops later', async () => {
    const sid = newCall();
    const faults = [
      { on: 'stream', status: 404 },
      { on: 'stream', stop: { delayMs: 20 } },
      { on: 'stream', stop: 'none' },
    ];
    expect((await control(simulator, 'PUT', `/calls/${sid}/faults`, faults)).status).toBe(200);
    expect((await stop(sid)).status).toBe(404);
    expect(simulator.call(sid).streams).toMatchObject([{ status: 'in-progress' }]);
    expect(JSON.parse((await stop(sid)).text)).toMatchObject({ status: 'in-progress' });
    await simulator.until(sid, ({ streams }) => streams[0]?.status === 'stopped');
    expect(JSON.parse((await stop(sid)).text)).toMatchObject({ status: 'stopped' });
  });

  it('rejects an unknown value of the fault `stop`', async () => {
    const sid = newCall();
    const { status } = await control(simulator, 'PUT', `/calls/${sid}/faults`, [{ stop: 'twice' }]);
    expect(status).toBe(400);
  });

  it('gets 404 for a stopped stream if a fault says so, without ending the call', async () => {
    const sid = newCall({ streams: [{ name: 'stream', sid: SID }] });
    const faults = [{ on: 'stream', stopped: 'unknown', times: 'always' }];
    const set = await control(simulator, 'PUT', `/calls/${sid}/faults`, faults);
    expect(set.status).toBe(200);
    expect((await stop(sid)).status).toBe(200);
    expect((await stop(sid)).status).toBe(404);
    expect(simulator.call(sid).status).toBe('in-progress');
  });
});

describe("a POST to a call's streams", () => {
  it.each(['', '.json'])('starts a stream and sends its callback: Streams%s', async (suffix) => {
    const sid = newCall({ streams: [] });
    const StatusCallback = documents.reply('/started', { status: 204 });
    const { status, text } = await start(sid, { ...START, Name: 'mine', StatusCallback }, suffix);
    const [stream] = simulator.call(sid).streams;
    expect([status, JSON.parse(text)]).toMatchObject([
      200,
      { sid: stream?.sid, name: 'mine', status: 'in-progress' },
    ]);
    const { callbacks } = await simulator.until(sid, (call) => call.callbacks.length === 1);
    expect(callbacks).toMatchObject([
      { event: 'stream-started', streamSid: stream?.sid, streamName: 'mine' },
    ]);
  });

  it('names a stream without a name after its SID', async () => {
    const sid = newCall({ streams: [] });
    const { sid: streamSid, name } = JSON.parse((await start(sid, START)).text) as Record<string, string>;
    expect(name).toBe(streamSid);
  });

  it.each<[string, Record<string, string>, object, [number, number]]>([
    ['no Url', {}, {}, [400, 31922]],
    ['a Url that is not wss', { Url: 'https://media.example.com' }, {}, [400, 31922]],
    ['a wrong Track', { ...START, Track: 'all' }, {}, [400, 10000]],
    ['a wrong StatusCallback', { ...START, StatusCallback: 'x' }, {}, [400, 21456]],
    ['a wrong method', { ...START, StatusCallbackMethod: 'PUT' }, {}, [400, 21209]],
    ['the name of a running stream', { ...START, Name: 'stream' }, {}, [400, 10000]],
    ['a ringing call', START, { status: 'ringing' }, [400, 21220]],
  ])('starts nothing with %s', async (_, form, more, [status, code]) => {
    const sid = newCall(more);
    const response = await start(sid, form);
    expect([response.status, JSON.parse(response.text)]).toMatchObject([status, { code }]);
    expect(simulator.call(sid).streams).toHaveLength(1);
  });
});
