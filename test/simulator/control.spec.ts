import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallView } from '../../src/simulator/calls/call-view.js';
import { startSimulator } from '../../src/simulator/simulator.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { control } from './support/send.js';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ log: false });
});

afterAll(async () => {
  await simulator.close();
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('the control API', () => {
  it('reports its health', async () => {
    expect(await control(simulator, 'GET', '/health')).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('creates a call in progress with a UUID by default', async () => {
    const { status, body } = await control(simulator, 'POST', '/calls', {});
    expect(status).toBe(201);
    expect(body).toMatchObject({
      sid: expect.stringMatching(UUID) as string,
      accountSid: simulator.projectId,
      status: 'in-progress',
      direction: 'inbound',
      streams: [],
      endedAt: null,
    });
  });

  it('creates a call with the given fields and reads it back', async () => {
    const input = {
      sid: 'CA-control',
      status: 'ringing',
      from: '+15551230000',
      to: 'sip:a@example.com',
      direction: 'outbound-api',
      streams: [
        {
          name: 'my stream',
          sid: 'MZ1',
          statusCallback: 'http://localhost:1/x',
          statusCallbackMethod: 'GET',
        },
      ],
      faults: [
        { status: 429, code: 20429, times: 'always', headers: { 'retry-after': '1' } },
        { fetch: { delayMs: 5 } },
      ],
      sayMs: 10,
    };
    await control(simulator, 'POST', '/calls', input);
    const { status, body } = await control(simulator, 'GET', '/calls/CA-control');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      sid: 'CA-control',
      status: 'ringing',
      direction: 'outbound-api',
      streams: [{ sid: 'MZ1', name: 'my stream', status: 'in-progress', stoppedAt: null }],
      faults: input.faults,
    });
  });

  it.each([
    [{ status: 'alive' }, 'status'],
    [{ colour: 'red' }, 'colour'],
    [{ sid: 'a/b' }, 'sid'],
    [{ streams: [{}] }, 'streams.0.name'],
    [{ streams: [{ name: 'a', statusCallback: 'nonsense' }] }, 'streams.0.statusCallback'],
    [{ faults: [{ status: 99 }] }, 'faults.0.status'],
    [{ faults: [{}, { times: 0 }] }, 'faults.1.times'],
    [{ faults: [{ fetch: { delayMs: 1, x: 1 } }] }, 'faults.0.fetch'],
    [{ faults: [{ headers: { 'a b': 'c' } }] }, 'faults.0.headers'],
    [{ faults: [{ headers: { a: 'b\r\nc: d' } }] }, 'faults.0.headers'],
    [{ faults: [{ drop: true }] }, 'faults.0.drop'],
    [{ faults: [{ typo: 1 }] }, 'faults.0.typo'],
    [{ sayMs: '10' }, 'sayMs'],
  ])('rejects %j because of %s', async (input, field) => {
    const { status, body } = await control(simulator, 'POST', '/calls', input);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      errors: expect.arrayContaining([{ field, message: expect.any(String) as string }]) as unknown[],
    });
  });

  it('rejects a sid that is in use, and two streams with the same name', async () => {
    const { sid } = simulator.createCall();
    expect(await control(simulator, 'POST', '/calls', { sid })).toMatchObject({ status: 409 });
    const streams = [{ name: 'a' }, { name: 'a' }];
    expect(await control(simulator, 'POST', '/calls', { streams })).toMatchObject({ status: 409 });
  });

  it('answers a call and ends it only once', async () => {
    const { sid } = simulator.createCall({ status: 'ringing', streams: [{ name: 'a' }] });
    const path = `/calls/${sid}`;
    expect(await control(simulator, 'PATCH', path, { status: 'in-progress' })).toMatchObject({
      status: 200,
      body: { status: 'in-progress' },
    });
    expect(await control(simulator, 'PATCH', path, { status: 'failed' })).toMatchObject({
      body: { status: 'failed', streams: [{ status: 'stopped' }], endedAt: expect.any(String) as string },
    });
    expect(await control(simulator, 'PATCH', path, { status: 'in-progress' })).toMatchObject({ status: 409 });
  });

  it('replaces the faults', async () => {
    const { sid } = simulator.createCall({ faults: [{ status: 500 }] });
    const path = `/calls/${sid}/faults`;
    expect(await control(simulator, 'PUT', path, [{ drop: 'before' }])).toMatchObject({
      status: 200,
      body: { faults: [{ drop: 'before' }] },
    });
    expect(await control(simulator, 'PUT', path, { status: 500 })).toMatchObject({ status: 400 });
    expect(await control(simulator, 'PUT', path, [{ drop: 'never' }])).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'faults.0.drop' }] },
    });
    expect(simulator.call(sid).faults).toEqual([{ drop: 'before' }]);
  });

  it('responds with 404 for an unknown call', async () => {
    expect(await control(simulator, 'GET', '/calls/nobody')).toMatchObject({ status: 404 });
    expect(await control(simulator, 'PATCH', '/calls/nobody', { status: 'completed' })).toMatchObject({
      status: 404,
    });
    expect(await control(simulator, 'PUT', '/calls/nobody/faults', [])).toMatchObject({ status: 404 });
  });

  it('lists calls newest first and deletes them all', async () => {
    const sids = [simulator.createCall(), simulator.createCall()].map(({ sid }) => sid);
    const { body } = await control(simulator, 'GET', '/calls?limit=2');
    expect((body as { items: CallView[] }).items.map(({ sid }) => sid)).toEqual(sids.toReversed());
    expect(await control(simulator, 'DELETE', '/calls')).toEqual({ status: 204, body: null });
    expect(await control(simulator, 'GET', '/calls')).toEqual({ status: 200, body: { items: [] } });
    expect(await control(simulator, 'GET', '/calls?limit=0')).toMatchObject({ status: 400 });
  });
});
