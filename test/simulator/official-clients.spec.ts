import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { DocumentServer } from './support/document-server.js';
import { OFFICIAL_CLIENTS } from './support/official-clients.js';
import type { OfficialClient } from './support/official-clients.js';

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

describe.each(OFFICIAL_CLIENTS)('the official client $name', ({ connect }) => {
  let client: OfficialClient;

  beforeAll(() => {
    client = connect(simulator, simulator);
  });

  it('redirects a live call to a document that stops the stream', async () => {
    const { sid } = simulator.createCall({ streams: [{ name: 'stream' }] });
    const url = documents.document('/stop', '<Stop><Stream name="stream"/></Stop><Say>Stopping stream</Say>');

    await expect(client.update(sid, { url, method: 'GET' })).resolves.toMatchObject({
      sid,
      status: 'in-progress',
    });

    const call = await simulator.until(sid, ({ status }) => status === 'completed');
    expect(call).toMatchObject({
      streams: [{ name: 'stream', status: 'stopped' }],
      said: ['Stopping stream'],
    });
    expect(call.updates).toMatchObject([
      { authorized: true, applied: true, status: 200, params: { Url: url, Method: 'GET' } },
    ]);
  });

  it('reads a call', async () => {
    const { sid, from, to, createdAt } = simulator.createCall({ direction: 'outbound-api' });
    simulator.endCall(sid, 'no-answer');

    const call = await client.fetch(sid);

    const second = new Date(Math.floor(Date.parse(createdAt) / 1000) * 1000);
    expect(call).toMatchObject({
      sid,
      accountSid: simulator.projectId,
      status: 'no-answer',
      direction: 'outbound',
      from,
      to,
    });
    // SignalWire's client returns a Dayjs, Twilio's a Date.
    expect(new Date(Number(call.dateCreated))).toEqual(second);
    expect(Number(call.endTime)).toBeGreaterThanOrEqual(Number(second));
  });

  it('ends a call', async () => {
    const { sid } = simulator.createCall();
    await expect(client.update(sid, { status: 'completed' })).resolves.toMatchObject({ status: 'completed' });
    expect(simulator.call(sid).status).toBe('completed');
  });

  it('is refused with a wrong token', async () => {
    const { sid } = simulator.createCall();
    const stranger = connect(simulator, { projectId: simulator.projectId, apiToken: 'PTwrong' });

    await expect(stranger.update(sid, { status: 'completed' })).rejects.toMatchObject({
      status: 401,
      code: 20003,
    });

    const { status, updates } = simulator.call(sid);
    expect(status).toBe('in-progress');
    expect(updates).toMatchObject([{ authorized: false, applied: false, status: 401 }]);
  });

  it('gets 404 for an unknown call', async () => {
    await expect(client.fetch('2b5c9f5e-8f0c-4b47-9a52-6f6f1c2f8d11')).rejects.toMatchObject({
      status: 404,
      code: 20404,
    });
  });

  it.each(['queued', 'ringing', 'completed'] as const)(
    'cannot redirect a call with the status %s',
    async (status) => {
      const { sid } = simulator.createCall({ status });
      await expect(client.update(sid, { url: `${documents.url}/stop` })).rejects.toMatchObject({
        status: 400,
        code: 21220,
      });
      expect(simulator.call(sid).fetches).toEqual([]);
    },
  );

  it.each([
    { status: 429, code: 20429 },
    { status: 503, code: 20504 },
  ])('gets a $status', async ({ status, code }) => {
    const { sid } = simulator.createCall({ faults: [{ status }] });
    await expect(client.update(sid, { url: `${documents.url}/stop` })).rejects.toMatchObject({
      status,
      code,
    });
    expect(simulator.call(sid).updates).toMatchObject([{ applied: false, status, code }]);
  });

  it('fails on a response that is not JSON, although the update is applied', async () => {
    const { sid } = simulator.createCall({ faults: [{ body: 'garbage' }] });
    await expect(client.update(sid, { status: 'completed' })).rejects.toThrow(SyntaxError);
    expect(simulator.call(sid).status).toBe('completed');
  });

  it('sends a form', async () => {
    const { sid } = simulator.createCall();
    await client.update(sid, { status: 'completed' });
    const [update] = simulator.call(sid).updates;
    expect(update?.headers).toMatchObject({
      'content-type': expect.stringContaining('application/x-www-form-urlencoded') as string,
      'user-agent': expect.stringContaining('twilio-node/') as string,
    });
    expect(update?.headers).not.toHaveProperty('authorization');
  });
});
