import { RestClient } from '@signalwire/compatibility-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallView } from '../../src/simulator/calls/call-view.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { DocumentServer } from './support/document-server.js';
import { laml } from './support/send.js';

const SIGNING_KEY = 'PSKtest';

let simulator: Simulator;
let documents: DocumentServer;

beforeAll(async () => {
  simulator = await startSimulator({ log: false, signingKey: SIGNING_KEY });
  documents = await DocumentServer.start();
});

afterAll(async () => {
  await simulator.close();
  await documents.close();
});

const callbacks = (count: number) => (call: CallView) => call.callbacks.length === count;
const sentTo = (path: string) => documents.requests.filter(({ target }) => target.split('?')[0] === path);

describe('the status callback of a stream', () => {
  it('is a signed report of the stop', async () => {
    const statusCallback = `${documents.reply('/stopped', { status: 204 })}?a=1`;
    const { sid, streams } = simulator.createCall({ streams: [{ name: 'my stream', statusCallback }] });
    const Url = documents.document(
      '/stop',
      '<Stop><Stream name="my stream"/></Stop><Dial>+15551234567</Dial>',
    );
    await laml(simulator, sid, { form: { Url } });

    const call = await simulator.until(sid, callbacks(1));

    expect(call.status).toBe('in-progress');
    expect(call.callbacks).toMatchObject([
      { event: 'stream-stopped', attempt: 1, method: 'POST', status: 204, error: null },
    ]);
    const [request] = sentTo('/stopped');
    const params = Object.fromEntries(new URLSearchParams(request?.body));
    expect(params).toEqual({
      AccountSid: simulator.projectId,
      CallSid: sid,
      StreamSid: streams[0]?.sid,
      StreamName: 'my stream',
      StreamEvent: 'stream-stopped',
      Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    });
    const signature = String(request?.headers['x-signalwire-signature']);
    expect(RestClient.validateRequest(SIGNING_KEY, signature, statusCallback, params)).toBe(true);
  });

  it('is also sent when the call ends, by GET if requested', async () => {
    const statusCallback = documents.reply('/call-ended', { status: 200 });
    const { sid } = simulator.createCall({
      streams: [
        { name: 'a', statusCallback, statusCallbackMethod: 'GET' },
        { name: 'b', statusCallback },
      ],
    });
    simulator.endCall(sid);
    await simulator.until(sid, callbacks(2));
    const requests = sentTo('/call-ended').toSorted((a, b) => a.method.localeCompare(b.method));
    expect(requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(requests[0]?.target).toContain('StreamName=a&StreamEvent=stream-stopped');
  });

  it('is attempted three times', async () => {
    const statusCallback = documents.reply('/down', { status: 500 });
    const { sid } = simulator.createCall({ streams: [{ name: 'a', statusCallback }] });
    simulator.endCall(sid);
    const call = await simulator.until(sid, callbacks(3));
    expect(call.callbacks.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 500],
      [2, 500],
      [3, 500],
    ]);
  });

  it('is not repeated after it was delivered', async () => {
    const statusCallback = documents.reply('/recovers', [{ status: 503 }, { status: 204 }]);
    const marker = documents.reply('/marker', { status: 500 });
    const { sid } = simulator.createCall({
      streams: [
        { name: 'a', statusCallback },
        { name: 'marker', statusCallback: marker },
      ],
    });
    simulator.endCall(sid);
    const call = await simulator.until(
      sid,
      (view) => view.callbacks.filter(({ streamName }) => streamName === 'marker').length === 3,
    );
    expect(call.callbacks.filter(({ streamName }) => streamName === 'a').map(({ status }) => status)).toEqual(
      [503, 204],
    );
  });

  it('records a refused connection', async () => {
    const { sid } = simulator.createCall({ streams: [{ name: 'a', statusCallback: 'http://127.0.0.1:1/' }] });
    simulator.endCall(sid);
    const { callbacks: sent } = await simulator.until(sid, callbacks(3));
    expect(sent[2]).toMatchObject({ status: null, error: expect.stringContaining('ECONNREFUSED') as string });
  });
});

describe('a stream started by a document', () => {
  it('sends a callback and can be stopped by its name', async () => {
    const statusCallback = documents.reply('/started', { status: 204 });
    const { sid } = simulator.createCall();
    const start = `<Start><Stream name="late" url="wss://example.com" statusCallback="${statusCallback}"/></Start>`;
    const stop = documents.document(
      '/stop-late',
      '<Stop><Stream name="late"/></Stop><Dial>+15551234567</Dial>',
    );
    const Url = documents.document('/start-late', `${start}<Redirect>${stop}</Redirect>`);
    await laml(simulator, sid, { form: { Url } });
    const call = await simulator.until(sid, callbacks(2));
    expect(call.streams).toMatchObject([{ name: 'late', status: 'stopped' }]);
    expect(call.callbacks.map(({ event }) => event).toSorted()).toEqual(['stream-started', 'stream-stopped']);
  });

  it('is named after its sid if it has no name, and is not started if its name is in use', async () => {
    const { sid } = simulator.createCall({ streams: [{ name: 'a' }] });
    const Url = documents.document(
      '/start-more',
      '<Start><Stream name="a"/></Start><Start><Stream/></Start><Dial>+15551234567</Dial>',
    );
    await laml(simulator, sid, { form: { Url } });
    const { streams, warnings } = await simulator.until(sid, ({ verbs }) => verbs.length === 3);
    expect(streams.map(({ name }) => name)).toEqual(['a', streams[1]?.sid]);
    expect(warnings).toEqual(['Stream not started: the name a is in use']);
  });
});
